// Saving pictures in the browser: as SVG that carries its fonts and background, or as the PNG of that.

const SVG = "http://www.w3.org/2000/svg";
const PNG_SCALE = 3; // pixels for each of the screen

function save(name, contents, type) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([contents], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000); // a browser may read it only after it has asked where to
}

function node(tag, attributes, parent) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  parent?.append(made);
  return made;
}

// An empty picture with a name and a description for screen readers, on its background
function picture(width, height, title, about, background) {
  const svg = node("svg", { width, height, viewBox: `0 0 ${width} ${height}`, role: "img" });
  node("title", {}, svg).textContent = title;
  node("desc", {}, svg).textContent = about;
  node("rect", { width: "100%", height: "100%", fill: background }, svg);
  return svg;
}

async function dataAddress(url) {
  const blob = await (await fetch(url)).blob();
  return new Promise((done, failed) => {
    const reader = new FileReader();
    Object.assign(reader, { onload: () => done(reader.result), onerror: failed });
    reader.readAsDataURL(blob);
  });
}

// The page's own upright fonts in a font-family, as rules that hold the files
async function fontRules(family) {
  const bare = (name) => name.trim().replace(/["']/g, "");
  const names = family.split(",").map(bare);
  const rules = [...document.styleSheets]
    .filter((sheet) => !sheet.href || sheet.href.startsWith(location.origin))
    .flatMap((sheet) => [...sheet.cssRules])
    .filter((rule) => rule instanceof CSSFontFaceRule && rule.style.getPropertyValue("font-style") !== "italic")
    .filter((rule) => names.includes(bare(rule.style.getPropertyValue("font-family"))));
  return Promise.all(
    rules.map(async ({ cssText, parentStyleSheet }) => {
      const [whole, url] = cssText.match(/url\(["']?([^"')]+)["']?\)/);
      return cssText.replace(whole, `url("${await dataAddress(new URL(url, parentStyleSheet.href ?? location.href))}")`);
    }),
  );
}

async function asText(svg, family) {
  const style = node("style", {});
  style.textContent = [".crisp { shape-rendering: crispEdges }", ...(await fontRules(family))].join("\n");
  svg.prepend(style);
  return new XMLSerializer().serializeToString(svg);
}

async function asPng(text, width, height) {
  const image = new Image();
  image.src = URL.createObjectURL(new Blob([text], { type: "image/svg+xml" }));
  await image.decode();
  const canvas = Object.assign(document.createElement("canvas"), { width: width * PNG_SCALE, height: height * PNG_SCALE });
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  URL.revokeObjectURL(image.src);
  return new Promise((done) => canvas.toBlob(done, "image/png"));
}

// Save a picture whose text is in this font-family, in the format "svg" or "png"
async function savePicture(svg, name, format, family) {
  const text = await asText(svg, family);
  if (format === "svg") return save(`${name}.svg`, text, "image/svg+xml");
  const size = ["width", "height"].map((side) => Number(svg.getAttribute(side)));
  return save(`${name}.png`, await asPng(text, ...size), "image/png");
}
