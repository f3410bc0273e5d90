"""What a Dovecot of a test is told, in the words of the version that is installed: 2.4 says almost everything otherwise than 2.3.

Answers:    ``common(...)``: what every Dovecot of a test needs, as root of this machine, apart from any other; ``PROGRAM``;
            ``IS_NEW``: it is 2.4 or later.
"""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

PROGRAM: Final = shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


def _is_new() -> bool:
    if PROGRAM is None:
        return False
    told = subprocess.run([PROGRAM, "--version"], capture_output=True, text=True, check=True, timeout=60).stdout
    major, minor = told.split()[0].split(".")[:2]
    return (int(major), int(minor)) >= (2, 4)


IS_NEW: Final = _is_new()
USER: Final = "%{user}" if IS_NEW else "%u"  # in the name of a file
_VERSION: Final = "dovecot_config_version = 2.4.0\ndovecot_storage_version = 2.4.0\n" if IS_NEW else ""
_COMMON: Final = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/dovecot.log
listen = 127.0.0.1
protocols = {protocol}
first_valid_uid = 0
mail_uid = {user}
mail_gid = {group}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""


def common(folder: Path, *, protocol: str, user: str, group: str, mail: str) -> str:
    """Where it works, in which folder the mail of a person lies, and as whom it is read; no process is locked in."""
    where = f"mail_driver = maildir\nmail_path = {mail}\n" if IS_NEW else f"mail_location = maildir:{mail}\n"
    cleartext = "auth_allow_cleartext = yes\n" if IS_NEW else "disable_plaintext_auth = no\n"
    return _VERSION + _COMMON.format(folder=folder, protocol=protocol, user=user, group=group) + where + cleartext


def one_password(password: str, home: str) -> str:
    """Everybody is let in by this one."""
    if IS_NEW:
        return f"passdb static {{\n  password = {password}\n}}\n" + _static_home(home)
    return f"passdb {{\n  driver = static\n  args = password={password}\n}}\n" + _static_home(home)


def passwords_in(path: Path, home: str | None = None) -> str:
    """People by a file of passwords; where it names no homes of theirs, each has this one."""
    old = f"driver = passwd-file\n  args = scheme=PLAIN username_format=%u {path}"
    new = f"passwd_file_path = {path}\n  auth_username_format = %{{user}}"
    scheme = "\n  default_password_scheme = PLAIN"
    known = f"passdb passwd-file {{\n  {new}{scheme}\n}}\n" if IS_NEW else f"passdb {{\n  {old}\n}}\n"
    if home is not None:
        return known + _static_home(home)
    return known + (
        f"userdb passwd-file {{\n  {new}\n}}\n" if IS_NEW else f"userdb {{\n  {old.replace('scheme=PLAIN ', '')}\n}}\n"
    )


def _static_home(home: str) -> str:
    if IS_NEW:
        return f"userdb static {{\n  fields {{\n    home = {home}\n  }}\n}}\n"
    return f"userdb {{\n  driver = static\n  args = home={home}\n}}\n"


def tls(certificate: Path, key: Path) -> str:
    """With this certificate."""
    names = ("ssl_server_cert_file = ", "ssl_server_key_file = ") if IS_NEW else ("ssl_cert = <", "ssl_key = <")
    return f"ssl = yes\n{names[0]}{certificate}\n{names[1]}{key}\n"


def quota() -> str:
    """Mailboxes have a size that ``full`` sets for one of the people in a file of passwords."""
    if IS_NEW:
        return 'mail_plugins {\n  quota = yes\n}\nquota "User quota" {\n}\nquota_storage_grace = 0\n'
    return "mail_plugins = quota\nplugin {\n  quota = maildir:User quota\n}\n"


def full() -> str:
    """Of somebody whose mailbox holds ten bytes, as extra field of the file."""
    return "userdb_quota_storage_size=10B" if IS_NEW else "userdb_quota_rule=*:bytes=10"
