// Asks the device for a passkey: a new one on one's own account, one that is there at the door. Everything else works without this file.
"use strict";
(() => {
  if (!window.PublicKeyCredential) return;
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (sign) => sign.charCodeAt(0));
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const listed = (all) => (all || []).map((each) => ({ ...each, id: bytes(each.id) }));
  const answered = (made) => {
    const said = {};
    for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"])
      if (made.response[name]) said[name] = text(made.response[name]);
    return JSON.stringify({ id: made.id, rawId: text(made.rawId), type: made.type, response: said, clientExtensionResults: {} });
  };
  const ask = async (form) => {
    const body = new URLSearchParams({ csrf: form.elements.csrf ? form.elements.csrf.value : "" });
    const answer = await fetch(form.dataset.passkeyOptions, { method: "POST", body });
    if (!answer.ok) throw new Error(String(answer.status));
    const options = await answer.json();
    options.challenge = bytes(options.challenge);
    if (!options.user) return navigator.credentials.get({ publicKey: { ...options, allowCredentials: listed(options.allowCredentials) } });
    const user = { ...options.user, id: bytes(options.user.id) };
    return navigator.credentials.create({ publicKey: { ...options, user, excludeCredentials: listed(options.excludeCredentials) } });
  };
  document.querySelectorAll("form[data-passkey-options]").forEach((form) => {
    const button = form.querySelector("[data-passkey]"), wrong = form.querySelector("[data-passkey-wrong]");
    button.closest("[hidden]").hidden = false;
    button.addEventListener("click", async (event) => {
      event.preventDefault();
      wrong.hidden = true;
      try {
        form.elements.passkey.value = answered(await ask(form));
        if (form.reportValidity()) form.requestSubmit();
      } catch (error) {
        wrong.hidden = false;
      }
    });
  });
})();
