// The menu on narrow screens, and a search in the text of all sections. Without a server:
// search.js, which defines pages, is part of the site.
"use strict";

const menu = document.getElementById("menu");
menu.addEventListener("click", () => {
  const open = document.body.classList.toggle("menu");
  menu.setAttribute("aria-expanded", String(open));
});

const search = document.getElementById("search");
const found = document.getElementById("found");

// Pages whose heading has all words come first.
function matches(words) {
  const titles = [];
  const texts = [];
  for (const page of pages) {
    const title = (page[1] + " " + page[2]).toLowerCase();
    if (words.every(word => title.includes(word))) {
      titles.push(page);
    } else {
      const all = title + " " + page[3].toLowerCase();
      if (words.every(word => all.includes(word))) {
        texts.push(page);
      }
    }
  }
  return titles.concat(texts).slice(0, 20);
}

function excerpt(text, word) {
  const at = Math.max(0, text.toLowerCase().indexOf(word));
  const from = Math.max(0, at - 60);
  return (from > 0 ? "… " : "") + text.slice(from, from + 160).trim();
}

function show() {
  const words = search.value.toLowerCase().split(/\s+/).filter(word => word.length > 1);
  found.replaceChildren();
  found.hidden = words.length === 0;
  if (found.hidden) {
    return;
  }
  for (const [url, title, section, text] of matches(words)) {
    const link = document.createElement("a");
    link.href = document.body.dataset.root + url;
    link.textContent = title === section ? title : title + " › " + section;
    const line = document.createElement("p");
    line.textContent = excerpt(text, words[0]);
    const item = document.createElement("li");
    item.append(link, line);
    found.append(item);
  }
  if (!found.hasChildNodes()) {
    const item = document.createElement("li");
    item.textContent = "Nothing found";
    found.append(item);
  }
}

search.addEventListener("input", show);
found.addEventListener("click", () => { found.hidden = true; });
document.addEventListener("keydown", event => {
  if (event.key === "Escape") {
    search.value = "";
    show();
  } else if (event.key === "/" && document.activeElement !== search) {
    event.preventDefault();
    search.focus();
  }
});
