"use strict";

// MOSAIC comes from data.js, L from Leaflet. "Picture pixels" are those of the pyramid's lowest
// level; a cell is the number row * cols + col in a grid, else an index into MOSAIC.boxes; a photo
// is an index into MOSAIC.names.
(() => {
  const [tileHeight, tileWidth] = MOSAIC.tile;
  const [cutTop, cutLeft] = MOSAIC.cut;
  const deepest = Math.ceil(Math.log2(Math.max(MOSAIC.width, MOSAIC.height)));
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  const element = (id) => document.getElementById(id);

  // ---- Where things are ----

  const numbersOf = (text) => new Int32Array(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer);
  const photoOf = numbersOf(MOSAIC.places);
  // Top, left, height and width of each cell, and its row and column, unless the cells are a grid.
  const boxes = MOSAIC.boxes && numbersOf(MOSAIC.boxes);
  const addresses = MOSAIC.addresses && numbersOf(MOSAIC.addresses);
  const cellsOf = MOSAIC.names.map(() => []);
  photoOf.forEach((photo, cell) => cellsOf[photo].push(cell));
  const comparable = (text) => text.normalize("NFC").toLowerCase();
  const comparableNames = MOSAIC.names.map(comparable);

  const at = (x, y) => L.latLng(-y / 2 ** deepest, x / 2 ** deepest);
  const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

  /** A cell's row and column, the first being 0. */
  function addressOf(cell) {
    if (addresses) return [addresses[2 * cell], addresses[2 * cell + 1]];
    return [Math.floor(cell / MOSAIC.cols), cell % MOSAIC.cols];
  }

  /** A cell's box in picture pixels. */
  function boxOf(cell) {
    if (boxes) {
      const [top, left, height, width] = boxes.subarray(4 * cell, 4 * cell + 4);
      return { top: top - cutTop, left: left - cutLeft, height, width };
    }
    const [row, col] = addressOf(cell);
    const [top, left] = [row * tileHeight - cutTop, col * tileWidth - cutLeft];
    return { top, left, height: tileHeight, width: tileWidth };
  }

  /** The outline of a cell in picture pixels, clockwise, as pairs of x and y. */
  function outlineOf(cell) {
    const { top, left, height, width } = boxOf(cell);
    const shares = MOSAIC.hexagons
      ? [[0.5, 0], [1, 0.25], [1, 0.75], [0.5, 1], [0, 0.75], [0, 0.25]]
      : [[0, 0], [1, 0], [1, 1], [0, 1]];
    return shares.map(([x, y]) => [left + x * width, top + y * height]);
  }

  /** The corners of a cell, clockwise, as far as it lies in the picture. */
  function cornersOf(cell) {
    return outlineOf(cell).map(([x, y]) => at(clamp(x, 0, MOSAIC.width), clamp(y, 0, MOSAIC.height)));
  }

  // Cells of a layout that is no grid, by the squares of one tile that their boxes touch.
  const nearby = new Map();
  const square = (x, y) => `${Math.floor(y / tileHeight)},${Math.floor(x / tileWidth)}`;
  for (let cell = 0; boxes && cell < photoOf.length; cell += 1) {
    const { top, left, height, width } = boxOf(cell);
    for (let y = top; y < top + height + tileHeight; y += tileHeight) {
      for (let x = left; x < left + width + tileWidth; x += tileWidth) {
        const key = square(Math.min(x, left + width - 1), Math.min(y, top + height - 1));
        if (!nearby.has(key)) nearby.set(key, new Set());
        nearby.get(key).add(cell);
      }
    }
  }

  /** The cell of a layout that is no grid at a place, or null where there is none. */
  function nearestAt(x, y) {
    let [best, least] = [null, Infinity];
    for (const cell of nearby.get(square(x, y)) ?? []) {
      const { top, left, height, width } = boxOf(cell);
      const [right, down] = [(x - left) / width - 0.5, (y - top) / height - 0.5];
      if (Math.abs(right) > 0.5 || Math.abs(down) > 0.5) continue;
      // Of hexagons, the one whose centre is closest, as if they were regular.
      const distance = 3 * right ** 2 + 4 * down ** 2;
      if (distance < least) [best, least] = [cell, distance];
    }
    return best;
  }

  /** The cell at a position, or null beside the picture. */
  function cellAt({ lat, lng }) {
    const x = lng * 2 ** deepest;
    const y = -lat * 2 ** deepest;
    if (x < 0 || y < 0 || x >= MOSAIC.width || y >= MOSAIC.height) return null;
    if (boxes) return nearestAt(x, y);
    const row = Math.floor((y + cutTop) / tileHeight);
    return row * MOSAIC.cols + Math.floor((x + cutLeft) / tileWidth);
  }

  // ---- The picture ----

  // At half steps Leaflet shows the next larger pictures, so all stays sharp.
  const STEP = 0.5;
  const FINE_STEP = 0.25;
  const whole = L.latLngBounds(at(0, MOSAIC.height), at(MOSAIC.width, 0));
  const map = L.map("map", {
    crs: L.CRS.Simple,
    attributionControl: false,
    zoomControl: false,
    maxZoom: deepest,
    zoomSnap: STEP,
    wheelPxPerZoomLevel: 90,
    maxBounds: whole.pad(0.4),
    maxBoundsViscosity: 0.8,
    zoomAnimation: !calm.matches,
    fadeAnimation: !calm.matches,
  });
  L.control.zoom({ position: "bottomright" }).addTo(map);

  // Screens with more than one pixel to a CSS pixel get the next larger pictures, at half the size.
  const dense = window.devicePixelRatio >= 1.5 ? 1 : 0;
  const pyramid = L.tileLayer(`mosaic_files/{z}/{x}_{y}.${MOSAIC.pyramidEnding}`, {
    tileSize: MOSAIC.pyramidTile / 2 ** dense,
    zoomOffset: dense,
    maxNativeZoom: (MOSAIC.deepest ?? deepest) - dense,
    maxZoom: deepest,
    bounds: whole,
    noWrap: true,
  });
  if (MOSAIC.tiles) {
    // A page that is one file holds the pictures itself.
    pyramid.getTileUrl = ({ x, y }) =>
      `data:image/jpeg;base64,${MOSAIC.tiles[`${pyramid._getZoomForUrl()}/${x}_${y}`]}`;
  }
  // Those at the right and the bottom are smaller, and would be stretched; the others reach under
  // their neighbours, or a seam would show at half steps.
  pyramid.on("tileload", ({ tile }) => {
    const shown = (pixels) => {
      const whole = pixels === MOSAIC.pyramidTile;
      return `${(pixels * pyramid.getTileSize().x) / MOSAIC.pyramidTile + (whole ? 1 : 0)}px`;
    };
    tile.style.width = shown(tile.naturalWidth);
    tile.style.height = shown(tile.naturalHeight);
  });
  pyramid.addTo(map);

  function go(bounds) {
    if (calm.matches) map.fitBounds(bounds, { animate: false });
    else map.flyToBounds(bounds, { duration: 1.1 });
  }

  const goToCell = (cell) => go(boundsOf([cell]).pad(1));

  /** Set a view at once, by quarter steps, so that the whole picture fills the window better. */
  function setView(center, zoom) {
    map.options.zoomSnap = FINE_STEP;
    map.setView(center, zoom, { animate: false });
    map.options.zoomSnap = STEP;
  }

  function showWhole() {
    if (calm.matches) setView(whole.getCenter(), map.getMinZoom());
    else map.flyTo(whole.getCenter(), map.getMinZoom(), { duration: 1.1 });
  }

  /** Let the whole picture be the smallest view, with the window as large as it is now. */
  function fitLimits() {
    map.options.zoomSnap = FINE_STEP;
    map.options.minZoom = 0;
    map.setMinZoom(Math.min(map.getBoundsZoom(whole), deepest));
    map.options.zoomSnap = STEP;
  }

  // ---- The present view as an address: #row,col,zoom, the first cell being 1,1 ----

  function addressOfView() {
    const { lat, lng } = map.getCenter();
    const row = (-lat * 2 ** deepest + cutTop) / tileHeight + 0.5;
    const col = (lng * 2 ** deepest + cutLeft) / tileWidth + 0.5;
    return `#${[row, col, map.getZoom()].map((value) => +value.toFixed(2)).join(",")}`;
  }

  function viewFromAddress() {
    const parts = location.hash.slice(1).split(",").map(Number);
    if (parts.length !== 3 || !parts.every(Number.isFinite)) return false;
    const [row, col, zoom] = parts;
    const x = (clamp(col, 0.5, MOSAIC.cols + 0.5) - 0.5) * tileWidth - cutLeft;
    const y = (clamp(row, 0.5, MOSAIC.rows + 0.5) - 0.5) * tileHeight - cutTop;
    setView(at(x, y), clamp(zoom, map.getMinZoom(), deepest));
    return true;
  }

  // ---- What is told of a photo ----

  const times = (count) => (count === 1 ? "once" : `${count.toLocaleString()} times`);
  const counted = (count, noun) => `${count.toLocaleString()} ${noun}${count === 1 ? "" : "s"}`;

  function detailsOf(cell) {
    const photo = photoOf[cell];
    const date = MOSAIC.dates[photo] && new Date(`${MOSAIC.dates[photo]}T00:00Z`);
    const [row, col] = addressOf(cell);
    const place = `row ${row + 1}, column ${col + 1}`;
    const taken = date ? [date.toLocaleDateString([], { dateStyle: "long", timeZone: "UTC" })] : [];
    return [...taken, `used ${times(cellsOf[photo].length)}`, place].join(" · ");
  }

  const pictureOf = (cell) => `photos/${photoOf[cell]}.jpg`;
  const frame = L.polygon([], { color: "#fff", weight: 2, fill: false, interactive: false });
  let told = null;

  /** Tell of a cell at the bottom; `hovered` if the mouse points at it. */
  function tell(cell, hovered) {
    if (cell === told && hovered) return;
    told = cell;
    element("about").hidden = cell === null;
    if (cell === null) {
      frame.remove();
      return;
    }
    frame.setLatLngs(cornersOf(cell)).addTo(map);
    element("about").className = hovered ? "hovered" : "";
    element("about-name").textContent = MOSAIC.names[photoOf[cell]];
    element("about-details").textContent = detailsOf(cell);
    element("about-picture").hidden = hovered || !MOSAIC.copies;
    element("enlarge").hidden = !MOSAIC.copies;
    if (!element("about-picture").hidden) element("about-picture").src = pictureOf(cell);
  }

  function enlarge(cell) {
    if (!MOSAIC.copies) {
      goToCell(cell);
      return;
    }
    const name = MOSAIC.names[photoOf[cell]];
    element("photo-picture").src = pictureOf(cell);
    element("photo-picture").alt = name;
    element("photo-name").textContent = name;
    element("photo-details").textContent = detailsOf(cell);
    const places = counted(cellsOf[photoOf[cell]].length, "place");
    element("photo-places").textContent = `Show its ${places}`;
    element("photo-places").onclick = () => {
      element("photo").close();
      element("query").value = name;
      find([photoOf[cell]]);
      flyToFound();
    };
    element("photo").showModal();
  }

  // ---- Find my photo ----

  /** Darkens all of the picture but some cells; drawn by itself, since there may be thousands. */
  const Spotlight = L.Layer.extend({
    cells: [],
    onAdd() {
      this.canvas = L.DomUtil.create("canvas", "spotlight", this.getPane());
      this.draw();
    },
    onRemove() {
      this.canvas.remove();
    },
    getEvents() {
      return { move: this.draw, zoom: this.draw, viewreset: this.draw, resize: this.draw, zoomanim: this.hide };
    },
    hide() {
      // Until the move ends, while the browser enlarges the picture by itself.
      this.canvas.width = 0;
    },
    draw() {
      const size = map.getSize();
      L.DomUtil.setPosition(this.canvas, map.containerPointToLayerPoint([0, 0]));
      this.canvas.width = size.x;
      this.canvas.height = size.y;
      const pen = this.canvas.getContext("2d");
      const scale = map.getZoomScale(map.getZoom(), deepest);
      const origin = map.latLngToContainerPoint(at(0, 0));
      pen.fillStyle = "rgb(0 0 0 / 0.66)";
      pen.fillRect(origin.x, origin.y, MOSAIC.width * scale, MOSAIC.height * scale);
      pen.strokeStyle = "#ffd23f";
      pen.lineWidth = 2;
      const seen = this.cells
        .map((cell) => outlineOf(cell).map(([x, y]) => [origin.x + x * scale, origin.y + y * scale]))
        .filter((points) => {
          const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
          return Math.min(...xs) < size.x && Math.min(...ys) < size.y && Math.max(...xs) > 0 && Math.max(...ys) > 0;
        })
        .map((points) => {
          const path = new Path2D();
          for (const [x, y] of points) path.lineTo(x, y);
          path.closePath();
          return path;
        });
      pen.globalCompositeOperation = "destination-out";
      pen.fillStyle = "#000";
      for (const path of seen) pen.fill(path);
      pen.globalCompositeOperation = "source-over";
      for (const path of seen) pen.stroke(path);
    },
  });
  const spotlight = new Spotlight();
  let found = [];
  let shown = -1;

  /** Light up all places of some photos; null lights up everything again. */
  function find(photos) {
    found = (photos ?? []).flatMap((photo) => cellsOf[photo]).sort((a, b) => a - b);
    shown = -1;
    element("next").hidden = found.length === 0;
    element("found").textContent = photos
      ? `${counted(photos.length, "photo")}, ${counted(found.length, "place")}`
      : "";
    spotlight.remove();
    spotlight.cells = found;
    if (found.length) spotlight.addTo(map);
  }

  function boundsOf(cells) {
    return L.latLngBounds(cells.flatMap(cornersOf));
  }

  function flyToFound() {
    if (found.length === 1) showNext();
    else if (found.length) go(boundsOf(found).pad(0.1));
  }

  function showNext() {
    if (!found.length) return;
    shown = (shown + 1) % found.length;
    goToCell(found[shown]);
    tell(found[shown], false);
    if (found.length > 1) {
      element("found").textContent = `${(shown + 1).toLocaleString()} of ${counted(found.length, "place")}`;
    }
  }

  let typing;
  function onQuery() {
    clearTimeout(typing);
    const query = comparable(element("query").value.trim());
    if (!query) {
      find(null);
      return;
    }
    const photos = MOSAIC.names.map((_, photo) => photo);
    find(photos.filter((photo) => comparableNames[photo].includes(query)));
    typing = setTimeout(flyToFound, 600);
  }

  element("query").addEventListener("input", onQuery);
  element("search").addEventListener("submit", (event) => {
    event.preventDefault();
    clearTimeout(typing);
    showNext();
  });

  // ---- The original ----

  const targetAddress = MOSAIC.original ? `data:image/jpeg;base64,${MOSAIC.original}` : "target.jpg";
  const original = L.imageOverlay(targetAddress, whole, { opacity: 0.85, interactive: false });

  function toggleOriginal() {
    const on = !map.hasLayer(original);
    if (on) original.addTo(map);
    else original.remove();
    element("original").setAttribute("aria-pressed", String(on));
  }

  // ---- What the user does ----

  let byKeys = false;
  let byMouse = true;
  const container = map.getContainer();
  container.addEventListener("pointerdown", (event) => {
    byMouse = event.pointerType === "mouse";
  });
  container.addEventListener("pointermove", () => {
    byKeys = false;
  });
  container.addEventListener("mouseleave", () => byMouse && !byKeys && tell(null, true));
  container.addEventListener("keydown", (event) => {
    byKeys = true;
    if (event.key === "Enter" && event.target === container) {
      // Or it would press the button that the photo opens with.
      event.preventDefault();
      enlarge(cellAt(map.getCenter()) ?? 0);
    }
    if (event.key === "Escape") tell(null, false);
  });
  document.addEventListener("keydown", (event) => {
    if (event.target.matches("input") || event.ctrlKey || event.metaKey || event.altKey) return;
    if (element("photo").open) return;
    if (event.key === "0") showWhole();
    if (event.key === "o") toggleOriginal();
  });
  map.on("mousemove", ({ latlng }) => byMouse && tell(cellAt(latlng), true));
  map.on("click", ({ latlng }) => {
    const cell = cellAt(latlng);
    if (cell !== null && byMouse) enlarge(cell);
    else tell(cell, false);
  });
  map.on("moveend", () => {
    history.replaceState(null, "", addressOfView());
    if (byKeys) tell(cellAt(map.getCenter()), false);
  });
  map.on("resize", fitLimits);
  addEventListener("hashchange", viewFromAddress);

  element("whole").addEventListener("click", showWhole);
  element("original").addEventListener("click", toggleOriginal);
  element("enlarge").addEventListener("click", () => enlarge(told));
  element("photo-close").addEventListener("click", () => element("photo").close());
  element("photo").addEventListener("click", (event) => {
    if (event.target === element("photo")) element("photo").close();
  });

  fitLimits();
  if (!viewFromAddress()) setView(whole.getCenter(), map.getMinZoom());
})();
