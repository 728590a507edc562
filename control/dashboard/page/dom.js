// Elements from code. Text always becomes a text node, so that no name from outside is ever read as markup.

// h("p", {class: "a"}, "text", child): an HTML element.
export function h(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

// The same for SVG.
export function s(tag, attributes = {}, ...children) {
  return fill(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== null && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== undefined && child !== null));
  return element;
}

// Writes only what changed: selections, focus and screen readers are left alone.
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export function setClass(element, name) {
  if (element.getAttribute("class") !== name) element.setAttribute("class", name);
}

// Keeps one component for each key, in the order of the items: make(key) once, component.update(item) always.
export function sync(parent, components, items, keyOf, make) {
  const wanted = new Set(items.map(keyOf));
  for (const [key, component] of components) {
    if (!wanted.has(key)) {
      component.root.remove();
      components.delete(key);
    }
  }
  items.forEach((item, index) => {
    const key = keyOf(item);
    if (!components.has(key)) components.set(key, make(item));
    const component = components.get(key);
    if (parent.children[index] !== component.root) parent.insertBefore(component.root, parent.children[index] ?? null);
    component.update(item);
  });
}
