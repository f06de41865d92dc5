"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const narrow = window.matchMedia("(max-width: 760px)");
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const config = { displayModeBar: false, responsive: true };

  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim();
  const cents = (millicent) => millicent / 1000;
  const kilowattHours = (wattHours) => wattHours / 1000;
  const euros = (amount) => amount / 1e8;
  const inCents = (millicent) => cents(millicent).toFixed(2) + " ct/kWh";
  const inKilowattHours = (wattHours) => kilowattHours(wattHours).toFixed(2) + " kWh";
  const span = (interval) => interval.from + "–" + interval.until;

  const axis = (title, extra) => ({
    title: { text: title, standoff: 8, font: { size: 13 } },
    gridcolor: colour("line"), linecolor: colour("line"), zerolinecolor: colour("soft"),
    tickfont: { size: 12 }, automargin: true, fixedrange: true, ...extra,
  });
  const layout = (extra) => ({
    font: { family: getComputedStyle(document.body).fontFamily, color: colour("soft"), size: 13 },
    paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
    margin: narrow.matches ? { l: 46, r: 12, t: 44, b: 44 } : { l: 60, r: 18, t: 44, b: 48 },
    legend: { orientation: "h", x: 0, y: 1.02, xanchor: "left", yanchor: "bottom", font: { color: colour("ink") } },
    hoverlabel: { bgcolor: colour("surface"), bordercolor: colour("line"), font: { color: colour("ink"), size: 13 }, align: "left" },
    dragmode: false, ...extra,
  });
  // An axis by interval: a day may have an hour twice, which no clock axis can show.
  const timeAxis = () => {
    const ticks = data.ticks.filter((tick) => !narrow.matches || tick.hour % 6 === 0);
    return axis("Local time", {
      range: [0, data.intervals.length], zeroline: false, showgrid: false, ticks: "outside", tickcolor: colour("line"),
      tickvals: ticks.map((tick) => tick.at), ticktext: ticks.map((tick) => tick.label),
    });
  };
  const steps = (values) => {
    const x = [], y = [];
    values.forEach((value, at) => { x.push(at, at + 1); y.push(value, value); });
    return { x, y };
  };
  const middles = data.intervals.map((_, at) => at + 0.5);

  function gapNotes() {
    const notes = [];
    let first = null;
    data.intervals.concat({ price: 0 }).forEach((interval, at) => {
      if (interval.price === null) { first = first ?? at; return; }
      if (first !== null && (at - first) / data.intervals.length > 0.12) {
        const members = data.intervals.slice(first, at);
        const mean = members.reduce((sum, each) => sum + each.retail + each.feedIn, 0) / members.length / 2;
        notes.push({ x: (first + at) / 2, y: cents(mean), text: narrow.matches ? "no local<br>trade" : "no local trade", showarrow: false, font: { color: colour("soft"), size: 13 } });
      }
      first = null;
    });
    return notes;
  }

  function drawPrices() {
    const line = (key, name, color, extra) => ({
      ...steps(data.intervals.map((each) => each[key] === null ? null : cents(each[key]))),
      name, mode: "lines", hoverinfo: "skip", connectgaps: false, line: { color, width: 1.8 }, ...extra,
    });
    const text = data.intervals.map((each) =>
      `<b>${span(each)}</b><br>Retail ${inCents(each.retail)}<br>` +
      (each.price === null ? "No local trade" : `<b>${data.priceName} ${inCents(each.price)}</b>, ${inKilowattHours(each.traded)}`) +
      `<br>Feed-in ${inCents(each.feedIn)}`);
    Plotly.react("price-chart", [
      line("feedIn", "Feed-in", colour("feed"), { line: { color: colour("feed"), width: 1.8, dash: "dot" } }),
      line("retail", "Retail", colour("grid"), { fill: "tonexty", fillcolor: colour("band"), line: { color: colour("grid"), width: 1.8, dash: "dash" } }),
      line("price", data.priceName, colour("local"), { line: { color: colour("local"), width: 3.2 } }),
      { x: middles, y: data.intervals.map((each) => cents(each.price ?? (each.feedIn + each.retail) / 2)), text, mode: "markers",
        marker: { opacity: 0, size: 8 }, hovertemplate: "%{text}<extra></extra>", showlegend: false },
    ], layout({ xaxis: timeAxis(), yaxis: axis("ct/kWh", { rangemode: "tozero" }), hovermode: "x", annotations: gapNotes() }), config);
  }

  function drawFlows() {
    const text = data.intervals.map((each) =>
      `<b>${span(each)}</b><br>Traded locally ${inKilowattHours(each.traded)}<br>From the grid ${inKilowattHours(each.fromGrid)}<br>Fed into the grid ${inKilowattHours(each.fedIn)}`);
    const bars = (name, values, color) => ({ type: "bar", name, x: middles, y: values, marker: { color, line: { width: 0 } }, hoverinfo: "skip" });
    const traded = data.intervals.map((each) => kilowattHours(each.traded));
    Plotly.react("flow-chart", [
      bars("Traded locally", traded, colour("local")),
      bars("From the grid", data.intervals.map((each) => kilowattHours(each.fromGrid)), colour("grid")),
      bars("Fed into the grid", data.intervals.map((each) => -kilowattHours(each.fedIn)), colour("feed")),
      { x: middles, y: traded, text, mode: "markers", marker: { opacity: 0, size: 8 }, hovertemplate: "%{text}<extra></extra>", showlegend: false },
    ], layout({ xaxis: timeAxis(), yaxis: axis(`kWh in ${data.minutes} min`), barmode: "relative", bargap: 0.12, hovermode: "x" }), config);
  }

  function drawSavings() {
    const members = [...data.participants].sort((a, b) => a.saved - b.saved || b.account - a.account);
    const values = members.map((each) => euros(each.saved));
    const chart = document.getElementById("saving-chart");
    chart.style.height = members.length * 25 + 90 + "px";
    const room = Math.max(...values.map(Math.abs), 0.01) * 0.18;
    Plotly.react(chart, [{
      type: "bar", orientation: "h", x: values, y: members.map((_, at) => at),
      marker: { color: values.map((value) => colour(value < 0 ? "grid" : "local")) },
      text: values.map((value) => value.toFixed(2)), textposition: "outside", cliponaxis: false, textfont: { color: colour("ink"), size: 12 },
      customdata: members.map((each) => [each.name, each.account]),
      hovertemplate: "<b>%{customdata[0]}</b>, account %{customdata[1]}<br>Saved %{x:.4f} EUR<extra></extra>",
    }], layout({
      margin: { l: 8, r: 20, t: 8, b: 48 }, bargap: 0.3, showlegend: false,
      xaxis: axis("EUR saved on the day", { range: [Math.min(...values, 0) - (Math.min(...values) < 0 ? room : 0), Math.max(...values, 0) + room] }),
      yaxis: axis("", { showgrid: false, zeroline: false, ticks: "", tickvals: members.map((_, at) => at), ticktext: members.map((each) => each.name), range: [-0.7, members.length - 0.3], tickfont: { size: 12.5, color: colour("ink") } }),
    }), config);
  }

  // Orders are clamped to the grid's prices, as the market does before it clears.
  function curve(orders, sign, interval) {
    const clamped = orders.map(([quantity, price, account]) => ({
      quantity, account, price: Math.min(Math.max(price, interval.feedIn), interval.retail),
    })).sort((a, b) => sign * (a.price - b.price) || a.account - b.account);
    const points = { x: [], y: [], text: [] };
    let total = 0;
    for (const order of clamped) {
      const note = `account ${order.account}: ${inKilowattHours(order.quantity)} at ${inCents(order.price)}`;
      points.x.push(kilowattHours(total), kilowattHours(total + order.quantity));
      points.y.push(cents(order.price), cents(order.price));
      points.text.push(note, note);
      total += order.quantity;
    }
    // Beyond the last order the grid takes over: it buys at feed-in and sells at retail.
    points.x.push(kilowattHours(total));
    points.y.push(cents(sign < 0 ? interval.feedIn : interval.retail));
    points.text.push(sign < 0 ? "no more bids" : "no more offers");
    return points;
  }

  function drawCurve(at) {
    const interval = data.intervals[at];
    const demand = curve(interval.bids, -1, interval);
    const supply = curve(interval.offers, 1, interval);
    const volume = kilowattHours(interval.traded), price = cents(interval.point);
    const end = Math.max(...demand.x, ...supply.x) * 1.04;
    const trace = (name, points, color) => ({ ...points, name, mode: "lines", line: { color, width: 2.8 }, hovertemplate: "%{text}<extra>" + name + "</extra>" });
    const level = (y, label, color, yanchor) => [
      { type: "line", x0: 0, x1: end, y0: y, y1: y, line: { color, width: 1.4, dash: "dot" } },
      { x: end, y, text: label, xanchor: "right", yanchor, showarrow: false, font: { color, size: 12 } },
    ];
    const retail = level(cents(interval.retail), "retail", colour("grid"), "bottom");
    const feedIn = level(cents(interval.feedIn), "feed-in", colour("feed"), "top");
    const drop = { color: colour("local"), width: 1.4, dash: "dash" };
    Plotly.react("curve-chart", [
      trace("Demand", demand, colour("demand")),
      trace("Supply", supply, colour("supply")),
      { x: [volume], y: [price], name: "Cleared", mode: "markers", marker: { color: colour("local"), size: 13, line: { color: colour("surface"), width: 2.5 } },
        hovertemplate: `${volume.toFixed(3)} kWh, ${data.pointName} ${price.toFixed(3)} ct/kWh<extra>Cleared</extra>` },
    ], layout({
      xaxis: axis("kWh, cumulated", { range: [0, end], zeroline: false }),
      yaxis: axis("ct/kWh", { range: [Math.min(0, cents(interval.feedIn)), cents(interval.retail) * 1.08], zeroline: false }),
      shapes: [retail[0], feedIn[0],
        { type: "rect", x0: 0, x1: volume, y0: cents(interval.feedIn), y1: cents(interval.retail), fillcolor: colour("local-wash"), line: { width: 0 }, layer: "below" },
        ...(data.onePrice ? [{ type: "line", x0: 0, x1: volume, y0: price, y1: price, line: drop }] : []),
        { type: "line", x0: volume, x1: volume, y0: Math.min(0, cents(interval.feedIn)), y1: price, line: drop }],
      annotations: [retail[1], feedIn[1]], hovermode: "closest",
    }), config);
    const figures = [["", span(interval)], [data.pointName + " ", inCents(interval.point)], ["volume ", inKilowattHours(interval.traded)],
      ["bids ", interval.bids.length], ["offers ", interval.offers.length]];
    document.getElementById("curve-figures").replaceChildren(...figures.map(([label, value]) => {
      const item = document.createElement("span"), strong = document.createElement("b");
      strong.textContent = value;
      item.append(label, strong);
      return item;
    }));
    document.getElementById("curve-hash").textContent = interval.priceHash;
    document.getElementById("curve-chart").setAttribute("aria-label",
      `Supply and demand curve from ${interval.from} to ${interval.until}: ${inKilowattHours(interval.traded)} clear, ${data.pointName} ${inCents(interval.point)}.`);
  }

  const picker = document.getElementById("interval");
  const slider = document.getElementById("slider");
  function choose(position) {
    const last = picker.options.length - 1;
    picker.selectedIndex = Math.min(Math.max(position, 0), last);
    slider.value = picker.selectedIndex;
    document.getElementById("previous").disabled = picker.selectedIndex === 0;
    document.getElementById("next").disabled = picker.selectedIndex === last;
    slider.setAttribute("aria-valuetext", picker.options[picker.selectedIndex].text);
    drawCurve(Number(picker.value));
  }

  function draw() {
    drawPrices();
    drawFlows();
    drawSavings();
    if (picker) choose(picker.selectedIndex);
  }
  if (picker) {
    picker.addEventListener("change", () => choose(picker.selectedIndex));
    slider.addEventListener("input", () => choose(Number(slider.value)));
    document.getElementById("previous").addEventListener("click", () => choose(picker.selectedIndex - 1));
    document.getElementById("next").addEventListener("click", () => choose(picker.selectedIndex + 1));
  }
  narrow.addEventListener("change", draw);
  dark.addEventListener("change", draw);
  draw();
})();
