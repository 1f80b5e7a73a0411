/** What is left of a cluster where members are absent, in a sentence. */

interface Quorum {
  readonly r: number
  readonly w: number
}

/** Fewer nodes than R or W are certainly too few; whether more are enough, each key decides. */
export function leftText(absent: number, alive: number, { r, w }: Quorum): string {
  const fail = [
    ...(alive < r ? [`reads (R=${String(r)})`] : []),
    ...(alive < w ? [`writes (W=${String(w)})`] : []),
  ]
  if (fail.length === 0) {
    const owned = absent === 1 ? 'what it owns' : 'what they own'
    return `The others answer for ${owned} as long as a quorum is left.`
  }
  return `Too few are left, ${String(alive)}: ${fail.join(' and ')} fail until more are back.`
}
