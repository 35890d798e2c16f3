/* Tells the store what is looked at. Sent in batches, when the page has time or is left; nothing waits for it. */
(() => {
  "use strict";
  if (navigator.doNotTrack === "1" || navigator.globalPrivacyControl || !navigator.sendBeacon) return;
  const waiting = [];
  let timer = 0;

  function send() {
    clearTimeout(timer);
    timer = 0;
    const now = Date.now();
    while (waiting.length) {
      const clicks = waiting.splice(0, 50).map(({ at, ...click }) => ({ ...click, ago: Math.min(now - at, 600000) }));
      navigator.sendBeacon("/api/v1/clicks", JSON.stringify({ clicks }));
    }
  }
  function note(click) {
    waiting.push({ at: Date.now(), ...click });
    if (waiting.length >= 20) send();
    else if (!timer) timer = setTimeout(send, 3000);
  }
  function view() {
    const { view: kind, product, query, results, step } = document.getElementById("main").dataset;
    const click = { kind: kind || "page" };
    if (product) click.product = product;
    if (query) click.query = query.slice(0, 200);
    if (results) click.results = Number(results);
    if (step) click.target = step;
    note(click);
  }

  document.addEventListener("submit", (event) => {
    const product = event.target.closest("[data-view=product]");
    if (product && event.target.matches("[action='/cart/items']")) note({ kind: "cart", product: product.dataset.product });
  }, true);
  document.addEventListener("click", (event) => {
    const named = event.target.closest("[data-click]");
    if (named) note({ kind: "click", target: named.dataset.click.slice(0, 60) });
  });
  document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") send(); });
  addEventListener("pagehide", send);
  view();
})();
