"""What we hand out to install and run it by is whole, and gives nothing away that it need not."""

import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

FENCES = {"read_only": True, "cap_drop": ["ALL"], "security_opt": ["no-new-privileges:true"], "init": True}


@pytest.fixture
def container(root: Path) -> Path:
    return root / "contrib" / "container"


def test_the_containerfile_runs_without_privileges(root: Path, container: Path) -> None:
    """Locked versions, two stages, a user of its own, every folder that is copied is there."""
    text = (container / "Containerfile").read_text(encoding="utf-8")
    lines = [line.split() for line in text.replace("\\\n", " ").splitlines() if line and not line.startswith("#")]
    words = [line[0] for line in lines]
    assert set(words) <= {"FROM", "COPY", "RUN", "ENV", "USER", "WORKDIR", "VOLUME", "STOPSIGNAL", "ENTRYPOINT", "CMD"}
    assert words.count("FROM") == 2
    assert words.index("USER") < words.index("ENTRYPOINT")
    assert next(line[1] for line in lines if line[0] == "USER") == "comity"
    assert "script/locked.txt" in text
    for script in re.findall(r"/source/(script/\S+)", text):
        assert (root / script).is_file()
    assert (root / ".containerignore").read_bytes() == (root / ".dockerignore").read_bytes()


def test_compose_has_a_database_and_two_nodes_with_a_spool_each(container: Path) -> None:
    """Names that are used are defined, spools are not shared, nothing listens but on this machine, no password stands in it."""
    text = (container / "compose.yaml").read_text(encoding="utf-8")
    said = yaml.safe_load(text)
    services = said["services"]
    nodes = {name: each for name, each in services.items() if each.get("image") == "comity"}
    assert len(nodes) == 2
    assert set(services) - set(nodes) == {"database"}
    spools = []
    for each in services.values():
        for volume in each["volumes"]:
            source, target = volume.split(":")[:2]
            assert source.startswith("./") or source in said["volumes"]
            spools += [source] if target == "/var/spool/comity" else []
        assert set(each["networks"]) <= set(said["networks"])
        assert set(each.get("secrets", ())) <= set(said["secrets"])
        assert set(each.get("depends_on", ())) <= set(services)
        assert all(port.startswith("127.0.0.1:") for port in each.get("ports", ()))
    assert len(set(spools)) == len(spools) == 2
    for each in nodes.values():
        assert {name: each[name] for name in FENCES} == FENCES
        assert (container / each["build"]["context"] / each["build"]["dockerfile"]).is_file()
        assert each["depends_on"]["database"]["condition"] == "service_healthy"
    assert said["networks"]["inside"]["internal"]
    assert services["database"]["networks"] == ["inside"]
    assert "PASSWORD:" not in text.replace("POSTGRES_PASSWORD_FILE", "").replace("comity:PASSWORD", "")


def _objects(container: Path) -> list[dict[str, Any]]:
    return [each for each in yaml.safe_load_all((container / "kubernetes.yaml").read_text(encoding="utf-8")) if each]


def test_kubernetes_objects_fit_together(container: Path) -> None:
    """Every object has what its kind needs; selectors find the pods, mounts their volumes, probes and services their ports."""
    found = _objects(container)
    kinds = [each["kind"] for each in found]
    once = {"Namespace", "PersistentVolumeClaim", "Secret", "StatefulSet", "PodDisruptionBudget", "NetworkPolicy"}
    assert sorted(kinds) == sorted([*once, "Service", "Service"])
    for each in found:
        assert re.fullmatch(r"(?:[a-z0-9.]+/)?v\d+", each["apiVersion"])
        assert re.fullmatch(r"[a-z0-9-]{1,63}", each["metadata"]["name"])
        assert each["kind"] == "Namespace" or each["metadata"]["namespace"] == "comity"
    by_kind = {each["kind"]: each for each in found}
    stateful = by_kind["StatefulSet"]["spec"]
    pod, labels = stateful["template"]["spec"], stateful["template"]["metadata"]["labels"]
    assert stateful["selector"]["matchLabels"].items() <= labels.items()
    assert stateful["replicas"] == 2
    names = {each["metadata"]["name"] for each in found if each["kind"] == "Service"}
    assert stateful["serviceName"] in names
    volumes = {each["name"] for each in pod["volumes"]} | {
        each["metadata"]["name"] for each in stateful["volumeClaimTemplates"]
    }
    ports = {each["name"]: each["containerPort"] for each in pod["containers"][0]["ports"]}
    for each in [*pod["containers"], *pod["initContainers"]]:
        assert {mount["name"] for mount in each["volumeMounts"]} <= volumes
        fences = each["securityContext"]
        assert (fences["allowPrivilegeEscalation"], fences["readOnlyRootFilesystem"]) == (False, True)
        assert fences["capabilities"] == {"drop": ["ALL"]}
        assert each["resources"]["limits"]["memory"]
    assert pod["securityContext"]["runAsNonRoot"]
    assert not pod["automountServiceAccountToken"]
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        assert pod["containers"][0][probe]["tcpSocket"]["port"] in ports
    for each in found:
        if each["kind"] == "Service":
            assert each["spec"]["selector"].items() <= labels.items()
            assert {port.get("targetPort", port["name"]) for port in each["spec"]["ports"]} <= set(ports)
    for kind in ("PodDisruptionBudget", "NetworkPolicy"):
        spec = by_kind[kind]["spec"]
        assert spec.get("selector", spec.get("podSelector"))["matchLabels"].items() <= labels.items()
    allowed = {port["port"] for rule in by_kind["NetworkPolicy"]["spec"]["ingress"] for port in rule["ports"]}
    assert allowed == set(ports.values())
    claims = {each["persistentVolumeClaim"]["claimName"] for each in pod["volumes"] if "persistentVolumeClaim" in each}
    assert claims == {by_kind["PersistentVolumeClaim"]["metadata"]["name"]}
    assert {each["secret"]["secretName"] for each in pod["volumes"] if "secret" in each} == {
        by_kind["Secret"]["metadata"]["name"]
    }


def test_the_settings_on_the_page_are_settings(root: Path, tmp_path: Path) -> None:
    """What the page of containers writes into comity.toml is taken, and its places are those of the files beside it."""
    from comity.settings import read_settings

    page = (root / "docs/how-to/containers.md").read_text(encoding="utf-8")
    block = re.search(r"```toml\n(.*?)```", page, re.DOTALL)
    assert block
    (tmp_path / "comity.toml").write_text(block[1], encoding="utf-8")
    found = read_settings(tmp_path / "comity.toml")
    assert str(found.gates.spool) == "/var/spool/comity/spool.db"
    ports = {each.port for each in (*found.gates.lmtp, *found.pages.listen)}
    compose = yaml.safe_load((root / "contrib/container/compose.yaml").read_text(encoding="utf-8"))
    inside = {int(port.rpartition(":")[2]) for each in compose["services"].values() for port in each.get("ports", ())}
    assert inside == ports


def _needed(names: list[str]) -> Iterator[str]:
    for each in names:
        yield re.split(r"[<>=\[ ;]", each)[0].lower()


def test_the_list_of_what_is_in_it_is_whole(root: Path) -> None:
    """Every package that we say we need, each with its version and what it needs in turn; the same bytes again."""
    words = [sys.executable, str(root / "script/sbom.py")]
    first, again = (subprocess.run(words, check=True, capture_output=True, timeout=120).stdout for _ in range(2))
    assert first == again
    said = json.loads(first)
    assert (said["bomFormat"], said["specVersion"]) == ("CycloneDX", "1.5")
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    listed = {each["name"]: each for each in said["components"]}
    assert set(_needed([*project["dependencies"], *project["optional-dependencies"]["postgres"]])) <= set(listed)
    assert "pytest" not in listed
    assert "psycopg-binary" in listed
    references = {each["purl"] for each in said["components"]} | {said["metadata"]["component"]["purl"]}
    assert all(re.fullmatch(r"pkg:pypi/[a-z0-9-]+@[^\s@]+", each) for each in references)
    assert {each["ref"] for each in said["dependencies"]} == references
    assert {needed for each in said["dependencies"] for needed in each["dependsOn"]} <= references
    assert all(each.get("licenses") for each in said["components"])
