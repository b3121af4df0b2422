// Masks of several codes in aligned rows, redrawn while the slider is dragged; only its release reaches the server.
// Ranks come from sapcore.pruning.structured_mask.ranks: what has a lower rank is kept first.

// Python's round: ties to even
function rounded(value) {
  const floor = Math.floor(value);
  if (value - floor !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}

function keptCount(layers, size, ratio) {
  return Math.max(layers, size - rounded(ratio * size));
}

function quantity(value) {
  const units = [[1e9, " G"], [1e6, " M"], [1e3, " k"]];
  const [scale, unit] = units.find(([least]) => value >= least) ?? [1, ""];
  return (value / scale).toPrecision(3) + unit;
}

// -ln(BER) between the two measured ratios around `ratio`; null outside of what was measured
function interpolated(points, ratio) {
  const after = points.findIndex(([at]) => at >= ratio);
  if (after < 0) return null;
  const [r1, y1] = points[after];
  if (r1 === ratio) return y1;
  if (after === 0) return null;
  const [r0, y0] = points[after - 1];
  return y0 + ((y1 - y0) * (ratio - r0)) / (r1 - r0);
}

function paint(canvas, ranks, kept, reference, colours) {
  const context = canvas.getContext("2d");
  const image = context.createImageData(canvas.width, canvas.height);
  const pixels = new Uint32Array(image.data.buffer);
  for (let i = 0; i < ranks.length; i++) {
    const here = ranks[i] < kept;
    if (!reference) pixels[i] = here ? colours.kept : colours.removed;
    else {
      const there = reference[i] < kept;
      pixels[i] = here ? (there ? colours.kept : colours.gained) : there ? colours.lost : colours.removed;
    }
  }
  context.putImageData(image, 0, 0);
}

function pixel(hex) {
  const [r, g, b] = [1, 3, 5].map((start) => parseInt(hex.slice(start, start + 2), 16));
  return ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;
}

function element(tag, className, parent, text = "") {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  parent.append(made);
  return made;
}

function build(root, data) {
  root.replaceChildren();
  const [layers, heads] = data.heads;
  const key = element("ul", "key", root);
  for (const [name, colour] of data.key) {
    const item = element("li", "", key);
    element("i", "", item).style.background = data.colours[colour];
    item.append(name);
  }
  return data.rows.map((row) => {
    const box = element("section", "code", root);
    element("h3", "name", box, row.name);
    element("p", "note", box, row.note);
    const maps = element("div", "maps", box);
    const canvases = [[heads, "heads"], [data.channels[1], "channels"]].map(([width, kind]) => {
      const canvas = element("canvas", kind, maps);
      Object.assign(canvas, { width, height: layers });
      canvas.setAttribute("role", "img");
      return canvas;
    });
    return { row, canvases, figures: element("p", "figures", box) };
  });
}

function draw(data, parts, ratio, colours, slider) {
  const [layers, heads] = data.heads;
  const channels = data.channels[1];
  const kept = [keptCount(layers, layers * heads, ratio), keptCount(layers, layers * channels, ratio)];
  const removed = [layers * heads - kept[0], layers * channels - kept[1]];
  const spoken = `${kept[0]} of ${layers * heads} heads, ${kept[1]} of ${layers * channels} channels kept`;
  slider.setAttribute("aria-valuetext", `${ratio.toFixed(2)}, ${spoken}`);
  const first = data.difference ? data.rows[0] : null;
  for (const { row, canvases, figures } of parts) {
    [row.heads, row.channels].forEach((ranks, i) => {
      const reference = first && first !== row ? (i ? first.channels : first.heads) : null;
      paint(canvases[i], ranks, kept[i], reference, colours);
    });
    canvases[0].setAttribute("aria-label", `${row.name} keeps ${kept[0]} of ${layers * heads} heads`);
    canvases[1].setAttribute("aria-label", `${row.name} keeps ${kept[1]} of ${layers * channels} channels`);
    const cost = ([dense, head, channel]) => dense - removed[0] * head - removed[1] * channel;
    const rate = interpolated(row.rates, ratio);
    const measured = row.rates.some(([at]) => at === ratio);
    const text = rate === null ? "not measured here" : `${rate.toFixed(2)}${measured ? "" : ", interpolated"}`;
    figures.textContent =
      `heads ${kept[0]}/${layers * heads} · channels ${kept[1]}/${layers * channels} · ` +
      `${quantity(cost(row.macs))} MACs a frame (${Math.round((100 * cost(row.macs)) / row.macs[0])} %) · ` +
      `${quantity(cost(row.bytes))}B · -ln(BER) ${text}`;
  }
}

const drawn = new WeakMap(); // data as it was built, for each place on the page

export default function ({ data, parentElement, setStateValue }) {
  const slider = parentElement.querySelector("input");
  const output = parentElement.querySelector("output");
  const colours = Object.fromEntries(Object.entries(data.colours).map(([name, hex]) => [name, pixel(hex)]));
  const identity = JSON.stringify(data);
  let state = drawn.get(slider);
  if (!state || state.identity !== identity) {
    state = { identity, parts: build(parentElement.querySelector(".codes"), data), sent: state?.sent };
    drawn.set(slider, state);
    // the answer to an earlier press of a key does not take back what was pressed since
    const late = slider.matches(":focus") && state.sent !== undefined && state.sent !== data.ratio;
    if (!late) {
      slider.value = data.ratio;
      state.sent = undefined;
    }
  }
  const redraw = () => {
    const ratio = Number(slider.value);
    output.textContent = ratio.toFixed(2);
    draw(data, state.parts, ratio, colours, slider);
  };
  slider.oninput = redraw;
  slider.onchange = () => {
    state.sent = Number(slider.value);
    setStateValue("ratio", state.sent);
  };
  redraw();
}
