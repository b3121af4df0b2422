// Copies what the address bar shows, where every control of the page stands; the server is not asked.

const SHOWN = 3000; // milliseconds, of "Copied"

// The way that also works over plain HTTP, where browsers offer no clipboard
function copiedBySelection(text) {
  const field = document.createElement("textarea");
  field.value = text;
  Object.assign(field.style, { position: "fixed", top: 0, opacity: 0 });
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  return done;
}

async function copied(text) {
  if (!navigator.clipboard) return copiedBySelection(text);
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copiedBySelection(text);
  }
}

export default function ({ parentElement }) {
  const [button, field, said] = ["button", "input", "[role=status]"].map((part) => parentElement.querySelector(part));
  let reset;
  button.onclick = async () => {
    const address = location.href;
    const done = await copied(address);
    clearTimeout(reset);
    field.hidden = done;
    said.textContent = done ? "Copied" : "The browser does not let this page copy: copy the link here";
    if (done) {
      button.focus(); // which selecting elsewhere took away
      reset = setTimeout(() => (said.textContent = ""), SHOWN);
      return;
    }
    field.value = address;
    field.focus();
    field.select();
  };
}
