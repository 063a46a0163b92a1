// What a page does in a browser: it colours code, and searches all pages. It fetches nothing, since a page that was
// opened as a file may not; what it needs are scripts.
"use strict";

const MOST = 20;            // results
const AROUND = 60;          // letters of a result before the word that was found
const top_ = document.documentElement.dataset.top;
const input = document.querySelector("input[type=search]");
const results = document.getElementById("site-results");
let searchable;             // a promise of the index; the first search makes it

/** Every part of an identifier can be found, and of a call: only letters, digits and _ are parts of words. */
lunr.tokenizer.separator = /[^\p{L}\p{N}_]/u;

function words(text) {
    return text.toLowerCase().split(/[^\p{L}\p{N}_]+/u).filter(word => word);
}

function makeIndex() {
    return lunr(function () {
        this.ref("number");
        this.field("page", {boost: 4});
        this.field("heading", {boost: 8});
        this.field("text");
        window.guideSections.forEach((section, number) => this.add({...section, number}));
    });
}

function index() {
    searchable ??= new Promise((resolve, reject) => {
        const script = document.createElement("script");
        script.src = top_ + "search-index.js";
        script.onload = () => resolve(makeIndex());
        script.onerror = () => reject(new Error("no search-index.js"));
        document.head.append(script);
    });
    return searchable;
}

/** The sections that have most of the words, or words that begin with them. */
function find(index, wanted) {
    return index.query(query => wanted.forEach(word => {
        query.term(word, {boost: 10, usePipeline: true});
        query.term(word, {wildcard: lunr.Query.wildcard.TRAILING, usePipeline: false});
    })).slice(0, MOST).map(found => window.guideSections[found.ref]);
}

function excerpt(text, wanted) {
    const places = wanted.map(word => text.toLowerCase().indexOf(word)).filter(place => place >= 0);
    const begin = Math.max(0, Math.min(...places, text.length) - AROUND);
    const from = places.length === 0 || begin === 0 ? 0 : text.indexOf(" ", begin) + 1;
    const end = text.indexOf(" ", from + 4 * AROUND);
    return (from > 0 ? "… " : "") + (end < 0 ? text.slice(from) : text.slice(from, end) + " …");
}

function item(section, wanted) {
    const link = document.createElement("a");
    link.href = top_ + section.path;
    link.textContent = section.heading ? section.page + " › " + section.heading : section.page;
    const text = document.createElement("p");
    text.textContent = excerpt(section.text, wanted);
    const item = document.createElement("li");
    item.append(link, text);
    return item;
}

async function search() {
    const asked = input.value;
    const wanted = words(asked);
    const found = wanted.length === 0 ? [] : find(await index(), wanted);
    if (asked !== input.value) {
        return;             // a later search is on its way
    }
    results.replaceChildren(...found.map(section => item(section, wanted)));
    if (wanted.length > 0 && found.length === 0) {
        results.textContent = "Nothing was found.";
    }
    results.hidden = wanted.length === 0;
}

input.hidden = false;
input.addEventListener("focus", index);
input.addEventListener("input", search);
input.addEventListener("keydown", event => {
    if (event.key === "Enter") {
        results.querySelector("a")?.click();
    }
});
document.addEventListener("keydown", event => {
    if (event.key === "/" && document.activeElement !== input) {
        event.preventDefault();
        input.focus();
    } else if (event.key === "Escape") {
        input.value = "";
        search();
    }
});
results.addEventListener("click", () => results.hidden = true);
input.value = new URLSearchParams(location.search).get("q") ?? "";
search();

document.querySelectorAll("pre > code[class^=language-]").forEach(code => hljs.highlightElement(code));
