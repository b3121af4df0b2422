// Streamlit draws its own elements anew when the theme changes; figures are drawn by the server, which has to be told.
const seen = new WeakMap(); // the background last seen, for each place on the page

export default function ({ parentElement, setTriggerValue }) {
  const mark = parentElement.querySelector("i");
  const background = getComputedStyle(mark).getPropertyValue("--st-background-color");
  const before = seen.get(mark);
  seen.set(mark, background);
  if (before !== undefined && before !== background) setTriggerValue("changed", background);
}
