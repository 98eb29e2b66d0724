/** A part of a text, end exclusive, in UTF-16 units. */
import { definedOf } from '../defined.ts';

export interface TextRange {
  readonly start: number;
  readonly end: number;
}

/** One reading of a text. */
export interface View {
  readonly text: string;
  /** What this view was derived from; absent for the original text. */
  readonly source?: ViewSource;
  /**
   * The text without blanks. A decoded word may include its neighbours, so its position is inexact.
   */
  readonly isJoined?: true;
}

interface ViewSource {
  readonly parent: View;
  /** Ordered by `viewStart`, which begins with 0. */
  readonly segments: readonly Segment[];
}

/**
 * A part of a view, from `viewStart` to the next segment's, and the part of the parent it
 * represents.
 */
interface Segment extends TextRange {
  readonly viewStart: number;
  /** The segment is the parent's text unchanged; otherwise each unit represents the whole part. */
  readonly isKept: boolean;
}

/** Replacement in a view for the parent's units from `start` to `end`. */
export interface Piece extends TextRange {
  readonly text: string;
}

/**
 * The part of the original text that the view's units from `start` to `end` represent. Not for
 * empty parts.
 */
export function originalRange({ source }: View, start: number, end: number): TextRange {
  if (source === undefined) return { start, end };
  const { parent, segments } = source;
  return originalRange(parent, parentRange(segments, start).start, parentRange(segments, end - 1).end);
}

/** The part of the parent that one unit represents. */
function parentRange(segments: readonly Segment[], index: number): TextRange {
  let low = 0;
  for (let high = segments.length - 1; low < high; ) {
    const middle = Math.ceil((low + high) / 2);
    if ((segments[middle]?.viewStart ?? 0) <= index) low = middle;
    else high = middle - 1;
  }
  const segment = segments[low];
  if (segment === undefined) return { start: index, end: index + 1 };
  if (!segment.isKept) return segment;
  const start = segment.start + index - segment.viewStart;
  return { start, end: start + 1 };
}

/**
 * The view with each match replaced by the pieces that `decode` returns; undefined if it returns
 * none for any match.
 */
export function replaceMatches<Match extends { readonly 0: string; readonly index: number }>(
  view: View,
  matches: Iterable<Match>,
  decode: (match: Match) => readonly Piece[] | undefined,
): View | undefined {
  const segments: Segment[] = [];
  let text = '';
  let kept = 0;
  const keep = (end: number): void => {
    if (end > kept) segments.push({ viewStart: text.length, start: kept, end, isKept: true });
    text += view.text.slice(kept, end);
  };
  for (const match of matches) {
    const pieces = decode(match);
    if (pieces === undefined) continue;
    keep(match.index);
    for (const piece of pieces) {
      if (piece.text === '') continue;
      segments.push({ viewStart: text.length, start: piece.start, end: piece.end, isKept: false });
      text += piece.text;
    }
    kept = match.index + match[0].length;
  }
  if (kept === 0) return undefined;
  keep(view.text.length);
  return {
    text,
    source: { parent: view, segments },
    ...definedOf({ isJoined: view.isJoined }),
  };
}
