/** What every chart is: a Vega-Lite specification that names its data, and the words beside it. */

/** Checked by vega-lite when it is compiled; a test compiles every chart and allows no warning. */
export type Spec = Readonly<Record<string, unknown>>

/** Data in columns of one length: a third of the text that rows would be. */
export type Columns = Readonly<Record<string, readonly (number | string | null)[]>>

/**
 * A line of the key above a chart. Colours are the names of custom properties in the style sheet.
 */
export interface KeyEntry {
  readonly label: string
  readonly color: string
  readonly mark: 'line' | 'thin' | 'dashed' | 'area' | 'band' | 'box'
}

/** What the pointer shows over a chart whose x is time. */
export interface Cursor {
  readonly data: string
  readonly series: readonly {
    readonly field: string
    readonly label: string
    readonly color: string
    readonly unit: string
  }[]
}

export interface Chart {
  readonly id: string
  readonly title: string
  /** What is measured, in which unit, on which scale. */
  readonly unit: string
  readonly keys: readonly KeyEntry[]
  readonly spec: Spec
  readonly data: Readonly<Record<string, Columns>>
  /** What the picture says, in words and figures: the text alternative, and the caption. */
  readonly summary: string
  /** The same data for those who read tables; at most a few dozen rows. */
  readonly table: Table | null
  readonly cursor: Cursor | null
}

export interface Table {
  readonly head: readonly string[]
  readonly rows: readonly (readonly string[])[]
}
