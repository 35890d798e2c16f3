/* Small conveniences. Every page works without them. */
(() => {
  "use strict";
  const root = document.documentElement;
  root.classList.add("js");
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];

  const marked = (input) => (input.tagName === "OPTION" ? "selected" : "checked"); // many variants are a select

  function variants(form) {
    const flat = form.querySelector("[data-flat]");
    const choices = form.querySelector("[data-choices]");
    if (!flat || !choices) return;
    const offers = all("[data-options]", flat).map((input) => ({
      input,
      options: JSON.parse(input.dataset.options),
      available: Number(input.dataset.available),
      backorder: "backorder" in input.dataset,
      price: input.dataset.price,
      before: input.dataset.before,
      image: input.dataset.image,
    }));
    const chips = all("[data-option]", choices);
    const names = [...new Set(chips.map((chip) => chip.dataset.option))];
    const note = choices.querySelector("[data-choices-note]");
    const button = form.querySelector(".buy-button");
    const find = (wanted) => offers.find((offer) => names.every((name) => offer.options[name] === wanted[name]));
    const sellable = (offer) => offer.available > 0 || offer.backorder;
    const wanted = () => Object.fromEntries(chips.filter((c) => c.checked).map((c) => [c.dataset.option, c.value]));

    function show() {
      const now = wanted();
      const offer = find(now);
      for (const chip of chips) {
        const other = find({ ...now, [chip.dataset.option]: chip.value });
        chip.parentElement.classList.toggle("chip-none", !other || !sellable(other));
      }
      all("fieldset", choices).forEach((set, i) => { set.querySelector("[data-chosen]").textContent = now[names[i]] || ""; });
      const can = offer && sellable(offer);
      button.disabled = !can;
      const words = Object.values(now).join(" · ");
      note.textContent = !offer ? `${words} is not made.` : can ? "" : `${words} is sold out.`;
      if (!offer) return;
      offer.input.disabled = !can;
      offer.input[marked(offer.input)] = true;
      const price = document.getElementById("price");
      price.textContent = offer.price;
      if (offer.before) {
        const old = document.createElement("s");
        old.textContent = offer.before;
        price.append(" ", old);
      }
      const stock = document.getElementById("stock");
      const few = can && offer.available > 0 && offer.available <= 5;
      stock.classList.toggle("stock-few", few);
      stock.textContent = !can ? "" : offer.available <= 0 ? "On backorder" : few ? `Only ${offer.available} left` : "In stock";
      const picture = document.getElementById("picture");
      if (picture && offer.image) picture.src = offer.image;
    }

    const chosen = offers.find((offer) => offer.input[marked(offer.input)]) || offers[0];
    for (const chip of chips) {
      chip.checked = chosen.options[chip.dataset.option] === chip.value;
      chip.addEventListener("change", show);
    }
    flat.hidden = true;
    choices.hidden = false;
    show();
  }

  function gallery(links) {
    for (const link of links) {
      link.addEventListener("click", (event) => {
        const picture = document.getElementById("picture");
        if (!picture) return;
        event.preventDefault();
        picture.src = link.dataset.picture;
        picture.alt = link.dataset.alt || picture.alt;
        links.forEach((other) => other.removeAttribute("aria-current"));
        link.setAttribute("aria-current", "true");
      });
    }
  }

  function countdown(place) {
    const until = Date.parse(place.dataset.countdown);
    const tick = () => {
      if (!place.isConnected) return clearInterval(timer);
      const left = Math.max(0, Math.round((until - Date.now()) / 1000));
      const hours = Math.floor(left / 3600);
      const rest = `${String(Math.floor(left / 60) % 60).padStart(hours ? 2 : 1, "0")}:${String(left % 60).padStart(2, "0")}`;
      place.textContent = left ? `(${hours ? hours + ":" : ""}${rest} left)` : "(the time is over)";
    };
    const timer = setInterval(tick, 1000);
    tick();
  }

  function quantity(form) {
    const input = form.querySelector("input[name=quantity]");
    if (input) input.addEventListener("change", () => { if (input.reportValidity()) form.requestSubmit(form.querySelector("[data-qty-save]")); });
  }

  // A combobox as the ARIA practices have it: the field keeps the focus.
  function suggest(field) {
    const place = document.getElementById(field.dataset.suggest);
    const options = () => all("[role=option]", place);
    const set = (name, value) => field.setAttribute(name, value);
    let chosen = -1;

    function choose(index) {
      chosen = index;
      options().forEach((option, i) => option.setAttribute("aria-selected", i === index));
      set("aria-activedescendant", index < 0 ? "" : options()[index].id);
    }
    function close() {
      place.replaceChildren();
      choose(-1);
      set("aria-expanded", false);
    }
    set("role", "combobox");
    set("aria-autocomplete", "list");
    set("aria-controls", place.id);
    close();
    place.addEventListener("htmx:afterSwap", () => {
      choose(-1);
      set("aria-expanded", options().length > 0);
      if (document.activeElement !== field) close();
    });
    field.addEventListener("keydown", (event) => {
      const count = options().length;
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (!count || !(step || event.key === "Escape" || (event.key === "Enter" && chosen >= 0))) return;
      event.preventDefault();
      if (step) choose((chosen + step + count + 2) % (count + 1) - 1);
      else if (event.key === "Enter") options()[chosen].firstChild.click();
      else close();
    });
    field.form.addEventListener("focusout", (event) => { if (!field.form.contains(event.relatedTarget)) close(); });
    place.addEventListener("mousedown", (event) => event.preventDefault());
  }

  function enhance(from) {
    all("[data-suggest]", from).forEach(suggest);
    all("[data-variants]", from).forEach(variants);
    gallery(all("[data-picture]", from));
    all("[data-countdown]", from).forEach(countdown);
    all("[data-qty]", from).forEach(quantity);
    all("[data-submit]", from).forEach((field) => field.addEventListener("change", () => field.form.requestSubmit()));
  }

  document.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (!button || !button.hasAttribute("data-once")) return;
    if (button.getAttribute("aria-busy")) event.preventDefault();
    button.setAttribute("aria-busy", "true");
  });
  addEventListener("pageshow", () => all("[aria-busy]").forEach((button) => button.removeAttribute("aria-busy")));
  document.addEventListener("click", (event) => {
    all("details.pop[open]").forEach((pop) => { if (!pop.contains(event.target)) pop.open = false; });
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") all("details.pop[open]").forEach((pop) => { pop.open = false; pop.firstElementChild.focus(); });
    if (event.key === "/" && !event.target.closest("input, select, textarea")) {
      const field = document.querySelector("[data-search]");
      if (field) { event.preventDefault(); const pop = field.closest("details"); if (pop) pop.open = true; field.focus(); }
    }
  });
  document.addEventListener("input", (event) => {
    const field = event.target.closest(".field-wrong");
    if (!field) return;
    field.classList.remove("field-wrong");
    event.target.removeAttribute("aria-invalid");
    all(".wrong", field).forEach((text) => { text.hidden = true; });
  });
  document.addEventListener("htmx:configRequest", (event) => {
    if (event.detail.verb !== "get") return;
    for (const [name, value] of [...event.detail.formData.entries()]) if (value === "") event.detail.formData.delete(name);
  });
  document.addEventListener("htmx:load", (event) => { if (event.detail.elt !== document.body) enhance(event.detail.elt); });
  enhance(document);
  const first = document.querySelector("[data-focus]");
  if (first) first.focus();
})();
