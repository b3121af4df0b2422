// The masks on show as a picture, and as a table of what each keeps.

const PAGE = { width: 960, margin: 16, line: 20, heads: 140, gap: 12, layer: 11 }; // pixels

function write(svg, x, y, text, size, weight = 400) {
  node("text", { x, y, fill: svg.dataset.ink, "font-size": size, "font-weight": weight }, svg).textContent = text;
}

// One cell each for what a layer holds; neighbours of one colour are one rectangle
function drawMap(svg, cells, columns, x, y, width) {
  const step = width / columns;
  for (let at = 0, end; at < cells.length; at = end) {
    const rowEnd = (Math.floor(at / columns) + 1) * columns;
    for (end = at + 1; end < rowEnd && cells[end] === cells[at]; end++);
    const place = { x: x + (at % columns) * step, y: y + Math.floor(at / columns) * PAGE.layer };
    node("rect", { ...place, width: (end - at) * step, height: PAGE.layer, fill: cells[at], class: "crisp" }, svg);
  }
  const height = (cells.length / columns) * PAGE.layer;
  node("rect", { x, y, width, height, fill: "none", stroke: svg.dataset.line, class: "crisp" }, svg);
}

// `shown`: of each code its name, note, figures, and the colours of its cells
function maskPicture(data, shown, title, look) {
  const [layers, heads] = data.heads;
  const block = 2.5 * PAGE.line + layers * PAGE.layer + 1.5 * PAGE.line;
  const height = PAGE.margin + 1.5 * PAGE.line + shown.length * block;
  const about = shown.map((one) => `${one.name}: ${one.figures}.`).join(" ");
  const svg = picture(PAGE.width, height, title, about, data.colours.removed);
  svg.style.fontFamily = look.fontFamily;
  Object.assign(svg.dataset, { ink: look.color, line: data.colours.lost });
  let x = PAGE.margin, y = PAGE.margin;
  for (const [name, colour] of data.key) {
    node("rect", { x, y, width: 12, height: 12, fill: data.colours[colour], stroke: data.colours.lost }, svg);
    write(svg, x + 18, y + 11, name, 12);
    x += 40 + 7 * name.length;
  }
  y += 1.5 * PAGE.line;
  const left = PAGE.margin + PAGE.heads + PAGE.gap;
  for (const one of shown) {
    write(svg, PAGE.margin, y + PAGE.line, one.name, 15, 600);
    write(svg, PAGE.margin, y + 2 * PAGE.line, one.note, 13);
    const top = y + 2.5 * PAGE.line;
    drawMap(svg, one.cells[0], heads, PAGE.margin, top, PAGE.heads);
    drawMap(svg, one.cells[1], data.channels[1], left, top, PAGE.width - PAGE.margin - left);
    write(svg, PAGE.margin, top + layers * PAGE.layer + PAGE.line, one.figures, 13);
    y += block;
  }
  return svg;
}

// One line for each head and channel of each code: 1 where it is kept
function maskTable(data, kept) {
  const quoted = (text) => `"${text.replaceAll('"', '""')}"`;
  const part = (row, ranks, name, columns, most) =>
    ranks.map((rank, i) => `${quoted(row.name)},${name},${Math.floor(i / columns) + 1},${(i % columns) + 1},${+(rank < most)}`);
  const lines = data.rows.flatMap((row) => [
    ...part(row, row.heads, "head", data.heads[1], kept[0]),
    ...part(row, row.channels, "channel", data.channels[1], kept[1]),
  ]);
  return ["code,part,layer,number,kept", ...lines].join("\n") + "\n";
}
