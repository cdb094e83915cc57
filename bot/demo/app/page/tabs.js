// The tabs: a narrow screen shows one part of the page at a time.

const BUTTONS = () => document.querySelectorAll(".tabs button");

/** Show one part: chats, car, trouble or tour. */
export function showTab(name) {
  document.body.dataset.tab = name;
  for (const button of BUTTONS()) {
    if (button.dataset.tab === name) button.setAttribute("aria-current", "page");
    else button.removeAttribute("aria-current");
  }
}

/** Add the listeners of the tabs; `shown` is called after each change. */
export function prepare(shown) {
  for (const button of BUTTONS()) {
    button.addEventListener("click", () => {
      const isAgain = document.body.dataset.tab === "chats" && button.dataset.tab === "chats";
      if (isAgain) document.body.dataset.chat = document.body.dataset.chat === "open" ? "list" : "open";
      showTab(button.dataset.tab);
      shown();
    });
  }
  showTab(document.body.dataset.tab);
}
