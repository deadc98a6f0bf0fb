"use strict";
/* PEOPLE comes from data.js; all faces of a person from faces/NUMBER.js, which calls addFaces. */
const off = new Map(), joins = [], names = new Map();
let waiting = null;
const byNumber = new Map(PEOPLE.people.map((person) => [person.number, person]));

function element(kind, properties = {}, ...children) {
  const made = Object.assign(document.createElement(kind), properties);
  made.append(...children);
  return made;
}

function counted(count, one, many) {
  return `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
}

function titleOf(person) {
  return names.get(person.key) ?? (person.name || `Person ${person.number}`);
}

function details(person) {
  const parts = [counted(person.faces, "face", "faces"), counted(person.photos, "photo", "photos")];
  if (person.first) parts.push(person.first === person.last ? person.first : `${person.first} to ${person.last}`);
  if (person.unsure) parts.push(`${person.unsure} unsure`);
  return parts.join(", ");
}

function faceButton(person, [key, picture, day, unsure, photo]) {
  const button = element("button", { type: "button", className: unsure ? "face unsure" : "face" },
    element("img", { src: `data:image/jpeg;base64,${picture}`, alt: "", loading: "lazy" }),
    element("span", { textContent: day || "undated" }));
  button.title = unsure ? `${photo} (unsure)` : photo;
  button.setAttribute("aria-label", `${photo}, ${day || "undated"}${unsure ? ", unsure" : ""}: somebody else`);
  button.setAttribute("aria-pressed", off.has(key));
  button.addEventListener("click", () => {
    if (off.delete(key)) button.setAttribute("aria-pressed", "false");
    else { off.set(key, person.key); button.setAttribute("aria-pressed", "true"); }
    changed();
  });
  return button;
}

function joinedNumbers(person) {
  return joins.filter((pair) => pair.includes(person)).map(([a, b]) => (a === person ? b : a));
}

function showJoins() {
  for (const person of PEOPLE.people) {
    const others = joinedNumbers(person);
    person.row.classList.toggle("joined", others.length > 0 || person === waiting);
    const text = person === waiting ? "Tap the other row, or here to leave it"
      : waiting ? `Same person as ${titleOf(waiting)}`
      : others.length ? `Joined with ${others.map(titleOf).join(", ")} (undo)` : "Same person as …";
    person.join.textContent = text;
    person.join.setAttribute("aria-pressed", person === waiting || others.length > 0);
  }
}

function join(person) {
  if (waiting === null && joinedNumbers(person).length) {
    for (let i = joins.length - 1; i >= 0; i--) if (joins[i].includes(person)) joins.splice(i, 1);
  } else if (waiting === null) waiting = person;
  else {
    if (waiting !== person && !joinedNumbers(person).includes(waiting)) joins.push([waiting, person]);
    waiting = null;
  }
  showJoins();
  changed();
}

function rowOf(person) {
  const heading = element("h2", { textContent: `${person.number}` });
  const name = element("input", { type: "text", value: person.name, placeholder: "Name", maxLength: 200, autocomplete: "off", dir: "auto" });
  name.setAttribute("aria-label", `Name of person ${person.number}`);
  name.addEventListener("input", () => {
    const text = name.value.trim();
    if (text === person.name) names.delete(person.key); else names.set(person.key, text);
    showJoins();
    changed();
  });
  person.join = element("button", { type: "button", className: "join" });
  person.join.addEventListener("click", () => join(person));
  person.strip = element("div", { className: "faces" }, ...person.shown.map((face) => faceButton(person, face)));
  person.row = element("section", { className: "person" },
    element("div", { className: "about" }, heading, name, element("p", { textContent: details(person) }), person.join), person.strip);
  if (person.faces > person.shown.length) {
    const more = element("button", { type: "button", className: "more", textContent: `Show all ${person.faces.toLocaleString("en")} faces` });
    more.addEventListener("click", () => {
      more.disabled = true;
      more.textContent = "Loading …";
      const script = element("script", { src: `faces/${person.number}.js` });
      script.addEventListener("error", () => { more.disabled = false; more.textContent = `faces/${person.number}.js is missing; try again`; });
      document.body.append(script);
    });
    person.more = more;
    person.row.append(more);
  }
  return person.row;
}

function addFaces(number, faces) {
  const person = byNumber.get(number);
  person.strip.append(...faces.map((face) => faceButton(person, face)));
  person.more.remove();
}

function changed() {
  const count = off.size + joins.length + names.size;
  document.getElementById("changes").textContent = count ? counted(count, "change", "changes") : "No changes";
  document.getElementById("save").disabled = !count;
}

function save() {
  const joined = joins.map((pair) => pair.map((person) => person.key));
  const lists = { off: [...PEOPLE.off, ...off], joined: [...PEOPLE.joined, ...joined], names: [...names] };
  const address = URL.createObjectURL(new Blob([JSON.stringify(lists, null, 1)], { type: "application/json" }));
  const link = element("a", { href: address, download: "corrections.json" });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 60000);
  saved = lists;
  document.getElementById("command").textContent = PEOPLE.command;
  document.getElementById("help").showModal();
}

let saved = null;
document.getElementById("save").addEventListener("click", save);
document.getElementById("help-close").addEventListener("click", () => document.getElementById("help").close());
addEventListener("beforeunload", (event) => {
  if (!saved && off.size + joins.length + names.size) event.preventDefault();
});
document.getElementById("summary").textContent = PEOPLE.summary;
document.getElementById("people").append(...PEOPLE.people.map(rowOf));
showJoins();
