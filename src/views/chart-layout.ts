/** A chart's width and height in pixels. */
export const size = { width: 1200, height: 750 } as const;

/** The space between the card's edge and what is on it, in pixels. */
export const margin = 36;

/** Where the panels begin and end across the picture; a run whose labels stand in the margin ends earlier. */
export const plot = { left: 128, right: size.width - margin } as const;

/** Where the two panels stand, from the top of the picture, with the baselines of their headings. */
export const panels = {
  loss: { heading: 163, top: 184, bottom: 418 },
  accuracy: { heading: 467, top: 489, bottom: 685 },
} as const;

/** One of a chart's two panels. */
export type PanelName = keyof typeof panels;

/** The space between a line and the label beside it, in pixels. */
export const labelGap = 16;
