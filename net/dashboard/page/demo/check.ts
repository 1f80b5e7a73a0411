/** Whether what was acknowledged is there: on every owner, and read back as it was written. */
import { jsonOf, messageOf } from '../call.js'
import { countText } from '../show.js'
import { pretty } from '../text.js'
import type { Ring } from '../watch.js'
import { ask, DemoProblem, foundOf, inTurns, localNodes, pause } from './local.js'
import type { Entry, Writer } from './writer.js'

export interface CheckOptions {
  readonly self: string
  readonly ring: Ring
  readonly bucket: string
  readonly prefix: string
  readonly writer: Writer
  readonly say: (text: string) => void
  readonly isOver: () => boolean
}

export interface Checked {
  readonly total: number
  readonly onAllOwners: number
  readonly readBack: number
  readonly verdict: { readonly isGood: boolean; readonly text: string }
}

/** Owners that lack a write are mended by hints and by anti-entropy; neither needs longer. */
const patienceMillis = 40_000
const shownKeys = 5

export async function checkWrites(options: CheckOptions): Promise<Checked> {
  const { ring, writer, say } = options
  const entries = writer.acknowledged
  const { n } = ring.replication
  const end = performance.now() + patienceMillis
  // Before any read: a read mends what it finds behind, and would hide it.
  let lacking = await lackingKeys(options, n)
  while (lacking.length > 0 && performance.now() < end && !options.isOver()) {
    say(`${countText(lacking.length)} keys are not on every owner yet …`)
    await pause(500)
    lacking = await lackingKeys(options, n)
  }
  const wrong: string[] = []
  let done = 0
  await inTurns(entries, 6, async (entry) => {
    if (options.isOver()) return
    const problem = await problemOf(options, entry, n)
    if (problem !== null) wrong.push(problem)
    if (++done % 20 === 0) say(`${countText(done)} of ${countText(entries.length)} keys read …`)
  })
  return {
    total: entries.length,
    onAllOwners: entries.length - lacking.length,
    readBack: entries.length - wrong.length,
    verdict: verdictOf(entries.length, n, lacking, wrong),
  }
}

function verdictOf(
  total: number,
  n: number,
  lacking: readonly string[],
  wrong: readonly string[],
): Checked['verdict'] {
  const some = (texts: readonly string[]): string =>
    texts.slice(0, shownKeys).join('; ') + (texts.length > shownKeys ? '; and more' : '')
  if (total === 0) return { isGood: false, text: 'No write was acknowledged: nothing to check.' }
  if (wrong.length > 0) {
    const text = `${countText(wrong.length)} acknowledged writes were not read back: ${some(wrong)}.`
    return { isGood: false, text }
  }
  if (lacking.length > 0) {
    const text =
      `All ${countText(total)} acknowledged writes were read back, but before that ` +
      `${countText(lacking.length)} were not on every owner: ${some(lacking)}.`
    return { isGood: false, text }
  }
  const text =
    `All ${countText(total)} acknowledged writes are on all of their ${String(n)} owners, and ` +
    'each was read back as it was written.'
  return { isGood: true, text }
}

/**
 * Keys that fewer nodes list than own them; hints for others are not listed. One that has been
 * deleted is: the read will say that it is gone.
 */
async function lackingKeys(options: CheckOptions, n: number): Promise<readonly string[]> {
  const counts = new Map<string, number>()
  for (const { id } of await localNodes()) {
    for (const key of await listedBy(options, id)) counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  return options.writer.acknowledged
    .map(({ key }) => key)
    .filter((key) => (counts.get(key) ?? 0) < n)
}

async function listedBy({ self, bucket, prefix }: CheckOptions, node: string): Promise<string[]> {
  const found: string[] = []
  let after: string | null = null
  do {
    const query = new URLSearchParams({ prefix, limit: '1000' })
    if (after !== null) query.set('after', after)
    const path = `/buckets/${encodeURIComponent(bucket)}/keys?${query.toString()}`
    const answer = await ask(self, node, path)
    if (answer.kind === 'down' || answer.status !== 200) {
      throw new DemoProblem(`The keys of ${node} cannot be listed: ${messageOf(answer)}`)
    }
    const page = jsonOf(answer) as unknown as { keys: { key: string }[]; next: string | null }
    found.push(...page.keys.map(({ key }) => key))
    after = page.next
  } while (after !== null)
  return found
}

/** Null: read with every owner, the key has this one value. */
async function problemOf(options: CheckOptions, entry: Entry, n: number): Promise<string | null> {
  const { self, writer } = options
  const { key, value } = entry
  try {
    const answer = await ask(self, self, `${writer.urlOf(key)}?r=${String(n)}`)
    const { values } = foundOf(answer, key)
    if (values.length === 0) return `${key} is gone`
    if (values.length > 1) return `${key} has ${String(values.length)} values`
    return pretty(values[0] ?? '') === value ? null : `${key} is ${values[0] ?? ''}, not ${value}`
  } catch (error) {
    if (error instanceof DemoProblem) return error.message
    throw error
  }
}
