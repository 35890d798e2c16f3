/* Push messages: the browser is asked when somebody says so, never before. */
(() => {
  "use strict";
  const form = document.querySelector("[data-push]");
  if (!form || !("serviceWorker" in navigator) || !("PushManager" in window)) return;
  const button = form.querySelector("button");
  const note = form.querySelector("[data-push-note]");
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  form.hidden = false;
  if (Notification.permission === "denied") note.textContent = "This browser was told not to show any. Change that in its settings first.";

  button.addEventListener("click", async () => {
    button.disabled = true;
    try {
      if ((await Notification.requestPermission()) !== "granted") throw new Error("refused");
      await navigator.serviceWorker.register("/push-worker.js");
      const worker = await navigator.serviceWorker.ready;
      const wanted = { userVisibleOnly: true, applicationServerKey: bytes(form.dataset.push) };
      const made = (await worker.pushManager.subscribe(wanted)).toJSON();
      form.elements.endpoint.value = made.endpoint;
      form.elements.p256dh.value = made.keys.p256dh;
      form.elements.auth.value = made.keys.auth;
      form.submit();
    } catch (error) {
      note.textContent = error.message === "refused" ? "Nothing was changed: the browser may not show messages." : "This browser could not subscribe. Try again later.";
      button.disabled = false;
    }
  });
})();
