/** Where texts of a drawn picture may stand without running into each other. */

export interface Spot {
  readonly x: number
  /** Of the line on which the letters stand. */
  readonly y: number
}

/** Rather too wide than too narrow: the font is not known here. */
const letterWidth = 6.6
const ascent = 10
const descent = 3

interface Box {
  readonly left: number
  readonly right: number
  readonly bottom: number
  readonly top: number
}

export class Labels {
  readonly #taken: Box[] = []

  take({ x, y }: Spot, text: string): void {
    this.#taken.push(boxOf({ x, y }, text))
  }

  /** The first spot that is free, and now is not; null if none is. */
  place(text: string, spots: readonly Spot[]): Spot | null {
    const free = spots.find((spot) => {
      const box = boxOf(spot, text)
      return !this.#taken.some((other) => meet(box, other))
    })
    if (free !== undefined) this.take(free, text)
    return free ?? null
  }
}

const boxOf = ({ x, y }: Spot, text: string): Box => ({
  left: x,
  right: x + [...text].length * letterWidth,
  top: y - ascent,
  bottom: y + descent,
})

const meet = (one: Box, other: Box): boolean =>
  one.left < other.right &&
  other.left < one.right &&
  one.top < other.bottom &&
  other.top < one.bottom
