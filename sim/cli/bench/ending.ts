/** The end of a benchmark: what the owners hold, and what the checks say of the history. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Bench } from '../../../net/bench/bench.js'
import { readFinals } from '../../../net/bench/final.js'
import type { BenchPlan } from '../../../net/bench/plan.js'
import type { Site } from '../../../net/bench/site.js'
import { SiteError } from '../../../net/bench/site.js'
import type { BenchFile, BenchFinals } from '../../../reports/bench/model.js'
import { benchRules } from '../../../reports/bench/model.js'
import { checkHistory } from '../../../reports/check/model.js'
import type { VerdictFile } from '../../../reports/check/verdict.js'
import { loadHistory } from '../../../reports/load.js'
import type { BenchOptions } from './options.js'

/** What is only known when the load is over. */
export type BenchEnding = Pick<BenchFile, 'conflict' | 'finals'>

/** A page of a node's keys looks at all that it stores: of very many keys nobody waits for that. */
const mostFinalKeys = 50_000
/** Checks hold a history in memory. */
const mostJudged = 2_000_000

/** Null: the owners will be asked in the end. */
export function unaskedBecause(
  { keyCount }: Pick<BenchPlan, 'keyCount'>,
  { finals }: Pick<BenchOptions, 'finals'>,
): string | null {
  if (finals === false) return '--no-finals'
  if (finals === true || keyCount <= mostFinalKeys) return null
  return (
    `more than ${mostFinalKeys.toLocaleString('en')} keys, so the owners are not asked what they ` +
    'hold; say --finals to have them asked all the same'
  )
}

/** Null: the checks take a history of that length. */
export function unjudgedBecause({ loaded, warmUp, measured }: BenchFile['counts']): string | null {
  if (loaded + warmUp + measured <= mostJudged) return null
  return (
    `more than ${mostJudged.toLocaleString('en')} operations, which are not judged at once; ` +
    'with memory enough, sim check judges them'
  )
}

export async function readEnding(
  bench: Bench,
  plan: BenchPlan,
  { finals, settle, site }: Pick<BenchOptions, 'finals' | 'settle'> & { readonly site: Site },
): Promise<BenchEnding> {
  try {
    const { bucket, keyPrefix: prefix } = plan
    const conflict = (await site.ring(bucket)).conflict ?? 'siblings'
    if (bench.stopped) return { conflict, finals: unread('the run was interrupted') }
    const why = unaskedBecause(plan, { finals })
    if (why !== null) return { conflict, finals: unread(why) }
    const stopped = (): boolean => bench.stopped
    const found = await readFinals(site, { bucket, prefix, settleMillis: settle, stopped })
    if (found.kind === 'unread') return { conflict, finals: found }
    const { finals: reads, ...told } = found
    bench.finals(reads)
    return { conflict, finals: told }
  } catch (error) {
    if (error instanceof SiteError) return { finals: unread(error.message) }
    throw error
  }
}

const unread = (why: string): BenchFinals => ({ kind: 'unread', why })

/** Null: too long to be judged here, or nobody knows what the owners held. */
export async function judgeBench(folder: string, file: BenchFile): Promise<VerdictFile | null> {
  if (file.finals?.kind !== 'read' || unjudgedBecause(file.counts) !== null) return null
  const history = await loadHistory(join(folder, 'history.jsonl'))
  const verdict = checkHistory(history, 'eventual', null, benchRules(file))
  writeFileSync(join(folder, 'verdict.json'), `${JSON.stringify(verdict, null, 2)}\n`)
  return verdict
}
