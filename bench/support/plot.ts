/*
 * Plots as SVG without a library: a few dozen lines that a document can link to and a reader can
 * diff.
 */

/** Points joined by a line, in the plot's own units. */
export interface Series {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface LinePlot {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly series: readonly Series[];
  /** A horizontal reference line, such as the limit. */
  readonly mark?: { readonly name: string; readonly y: number };
}

export interface BarPlot {
  readonly title: string;
  readonly unit: string;
  readonly bars: readonly { readonly name: string; readonly value: number }[];
}

const width = 760;
const left = 64;
const right = 24;
/** Okabe and Ito's palette, distinguishable with red-green color blindness. */
const colors = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#000000'] as const;
const colorOf = (index: number): string => colors[index % colors.length] ?? colors[0];
const escapeXml = (text: string): string =>
  text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');
const text = (x: number, y: number, words: string, more = ''): string =>
  `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" ${more}>${escapeXml(words)}</text>`;

/** Lines over common axes that begin at zero. */
export function drawLines(plot: LinePlot): string {
  const top = 48 + 18 * Math.ceil((plot.series.length + 1) / 3);
  const plotHeight = 240;
  const points = plot.series.flatMap((series) => series.points);
  const xMax = Math.max(1e-9, ...points.map(([x]) => x));
  const yMax = niceCeiling(Math.max(1e-9, plot.mark?.y ?? 0, ...points.map(([, y]) => y)));
  const xOf = (x: number): number => left + (x / xMax) * (width - left - right);
  const yOf = (y: number): number => top + plotHeight * (1 - y / yMax);
  const names = [
    ...plot.series.map(({ name }) => name),
    ...(plot.mark === undefined ? [] : [plot.mark.name]),
  ];
  const legend = names.map((name, index) => {
    const x = left + (index % 3) * 225;
    const y = 52 + 18 * Math.floor(index / 3);
    const isMark = index === plot.series.length;
    const stroke = isMark ? '#555" stroke-dasharray="5 4' : colorOf(index);
    return `<line x1="${x}" x2="${x + 18}" y1="${y - 4}" y2="${y - 4}" stroke="${stroke}" stroke-width="2"/>${text(x + 24, y, name)}`;
  });
  const grid = [0, 0.25, 0.5, 0.75, 1].map((share) => {
    const y = yOf(share * yMax);
    const x = xOf(share * xMax);
    return [
      `<line x1="${left}" x2="${width - right}" y1="${y}" y2="${y}" stroke="#ddd"/>`,
      text(left - 6, y + 4, figure(share * yMax), 'text-anchor="end"'),
      text(x, top + plotHeight + 18, figure(share * xMax), 'text-anchor="middle"'),
    ].join('');
  });
  const lines = plot.series.map(({ points: own }, index) => {
    const path = own.map(([x, y]) => `${xOf(x).toFixed(1)},${yOf(y).toFixed(1)}`).join(' ');
    return `<polyline points="${path}" fill="none" stroke="${colorOf(index)}" stroke-width="1.6"/>`;
  });
  const mark =
    plot.mark === undefined
      ? ''
      : `<line x1="${left}" x2="${width - right}" y1="${yOf(plot.mark.y)}" y2="${yOf(plot.mark.y)}" stroke="#555" stroke-dasharray="5 4"/>`;
  const axes = [
    text((left + width - right) / 2, top + plotHeight + 38, plot.xLabel, 'text-anchor="middle"'),
    text(left - 56, top - 10, plot.yLabel),
  ];
  return svg(plot.title, top + plotHeight + 52, [...grid, mark, ...lines, ...legend, ...axes]);
}

/** Horizontal bars from zero, one per name. */
export function drawBars(plot: BarPlot): string {
  const nameWidth = 190;
  const barHeight = 26;
  const most = Math.max(1e-9, ...plot.bars.map(({ value }) => value));
  const bars = plot.bars.map(({ name, value }, index) => {
    const y = 46 + index * barHeight;
    const length = Math.max(1, (value / most) * (width - nameWidth - right - 90));
    return [
      text(nameWidth - 8, y + 13, name, 'text-anchor="end"'),
      `<rect x="${nameWidth}" y="${y}" width="${length.toFixed(1)}" height="18" fill="${colorOf(index)}"/>`,
      text(nameWidth + length + 6, y + 13, `${figure(value)} ${plot.unit}`),
    ].join('');
  });
  return svg(plot.title, 56 + plot.bars.length * barHeight, bars);
}

function svg(title: string, height: number, parts: readonly string[]): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escapeXml(title)}" font-family="sans-serif" font-size="12" fill="#222">`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    text(left - 56, 26, title, 'font-size="15" font-weight="bold"'),
    ...parts.filter((part) => part !== ''),
    '</svg>',
    '',
  ].join('\n');
}

/** The next value of 1, 2, 2.5 or 5 times a power of ten. */
function niceCeiling(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 2.5, 5].find((step) => value <= step * power) ?? 10) * power;
}

const figure = (value: number): string =>
  value >= 100 || Number.isInteger(value) ? Math.round(value).toLocaleString('en') : value.toPrecision(2);
