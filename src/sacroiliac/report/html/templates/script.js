// Nothing on this page needs this. It opens what a link leads to, and lets a reader open everything at once.
(() => {
  const all = [...document.querySelectorAll("details")];
  const reveal = () => {
    const target = location.hash && document.getElementById(location.hash.slice(1));
    if (!target) return;
    const own = target.querySelector(":scope > details");
    if (own) own.open = true;
    for (let one = target.closest("details"); one; one = one.parentElement.closest("details")) one.open = true;
    target.scrollIntoView();
  };
  addEventListener("hashchange", reveal);
  reveal();
  // Browsers that cannot open details by style alone: open the ladder while printing.
  if (!CSS.supports("selector(::details-content)")) {
    let opened = [];
    addEventListener("beforeprint", () => {
      opened = all.filter((one) => one.className === "option" && !one.open);
      opened.forEach((one) => (one.open = true));
    });
    addEventListener("afterprint", () => opened.forEach((one) => (one.open = false)));
  }
  const button = document.getElementById("open-all");
  if (!button) return;
  button.parentElement.hidden = false;
  button.addEventListener("click", () => {
    const open = all.some((one) => !one.open);
    all.forEach((one) => (one.open = open));
    button.textContent = open ? "Close everything" : "Open everything";
  });
})();
