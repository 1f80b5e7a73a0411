/// <reference lib="dom" />
/**
 * "A failure survived": writes go on while a node is killed and comes back, and then every write
 * that was acknowledged is looked for, on every owner and by reading it.
 */
import { doAct } from '../act.js'
import { headersOf, jsonOf } from '../call.js'
import { countText } from '../show.js'
import type { LocalNode, Ring } from '../watch.js'
import type { Checked } from './check.js'
import { checkWrites } from './check.js'
import { ask, DemoProblem, localNodes, pause } from './local.js'
import type { Demo, Fact, Scene } from './stage.js'
import { Stage } from './stage.js'
import { Writer } from './writer.js'

interface Target {
  readonly writing: boolean
  readonly isUp: boolean
}

/** Each step is a state of the cluster, which going forth and back alike brings about. */
const targets: readonly Target[] = [
  { writing: true, isUp: true },
  { writing: true, isUp: false },
  { writing: true, isUp: false },
  { writing: true, isUp: true },
  { writing: false, isUp: true },
]

const lookMillis = 700
const mostDrainMillis = 90_000

export interface FailureOptions {
  readonly self: string
  readonly victim: string
  readonly ring: Ring
  readonly bucket: string
  readonly changed: () => void
}

/** What was seen of the cluster at the last look. */
interface Look {
  readonly process: LocalNode['state'] | 'unknown'
  /** As the node of the page sees it. */
  readonly seenAs: string
  /** Node -> hints that it keeps for the victim. */
  readonly hints: ReadonlyMap<string, number>
}

export class FailureDemo extends Stage implements Demo {
  readonly title = 'A failure survived'
  readonly steps: readonly string[]
  readonly #options: FailureOptions
  readonly #writer: Writer
  readonly #prefix = `demo-failure-${Date.now().toString(36)}-`
  #look: Look = { process: 'unknown', seenAs: 'unknown', hints: new Map() }
  #looking = false
  /** Acknowledged before this step began. */
  #before = 0
  #refusedBefore = 0
  #mostHints = 0
  #checked: Checked | null = null

  constructor(options: FailureOptions) {
    super(options.changed)
    const { self, victim, bucket } = options
    this.#options = options
    this.#writer = new Writer(self, bucket, this.#prefix, () => this.change())
    this.steps = [
      'Writes go on',
      `${victim} is killed`,
      'Hints pile up',
      `${victim} returns`,
      'Nothing is lost',
    ]
  }

  nextLabel(): string | null {
    const { victim } = this.#options
    return [
      `Next: kill ${victim}`,
      'Next: where its writes go',
      `Next: start ${victim} again`,
      'Next: stop writing, and check',
      null,
    ][this.at] as string | null
  }

  backLabel(): string | null {
    const { victim } = this.#options
    return [null, `Back: start ${victim}`, 'Back', `Back: kill ${victim} again`, 'Back: write on'][
      this.at
    ] as string | null
  }

  scene(): Scene {
    const sentences = this.#sentences()[this.at] ?? []
    return {
      title: this.steps[this.at] ?? '',
      sentences,
      facts: this.#facts(),
      table: null,
      verdict: this.at === 4 ? (this.#checked?.verdict ?? null) : null,
    }
  }

  async stop(): Promise<string | null> {
    this.#looking = false
    this.#writer.stop()
    // A kill that is under way would come after the start.
    await this.end()
    this.#writer.stop()
    const problems: string[] = []
    try {
      await this.#bring(true)
    } catch (error) {
      problems.push((error as Error).message)
    }
    const left = await this.#writer.clear()
    if (left > 0) {
      problems.push(`${countText(left)} of its keys, ${this.#prefix}…, could not be deleted.`)
    }
    return problems.length === 0 ? null : problems.join(' ')
  }

  abandon(): void {
    const isDown = this.#look.process === 'died' || this.#look.process === 'stopped'
    if (!isDown && targets[this.at]?.isUp !== false) return
    const headers = headersOf('application/json')
    headers.set('content-type', 'application/json')
    const path = `/admin/nodes/${this.#options.victim}/start`
    void fetch(path, { method: 'POST', headers, body: '{}', keepalive: true }).catch(() => null)
  }

  protected async enter(step: number): Promise<void> {
    const target = targets[step] as Target
    this.#begin()
    if (!target.writing) this.#writer.stop()
    this.#before = this.#writer.acknowledged.length
    this.#refusedBefore = this.#writer.refused
    await this.#bring(target.isUp)
    if (target.writing) this.#writer.start()
    await this.#see()
    if (step === 4) await this.#check()
  }

  #begin(): void {
    if (this.#looking) return
    this.#looking = true
    void this.#lookOn()
  }

  /** Kills the node or starts it, unless it is so already. */
  async #bring(isUp: boolean): Promise<void> {
    const { victim } = this.#options
    const state = (await localNodes()).find(({ id }) => id === victim)?.state
    const isDown = state === 'died' || state === 'stopped'
    if (isUp ? state === 'ready' : isDown) return
    const act = !isUp ? 'kill' : state === 'paused' ? 'resume' : 'start'
    this.say(isUp ? `${victim} is starting …` : `${victim} is being killed …`)
    const problem =
      state === 'starting' ? await this.#untilReady() : (await doAct(victim, act)).problem
    if (problem !== null) throw new DemoProblem(`${victim}: ${problem}`)
  }

  async #untilReady(): Promise<string | null> {
    const { victim } = this.#options
    for (let i = 0; i < 120; i++) {
      const state = (await localNodes()).find(({ id }) => id === victim)?.state
      if (state === 'ready') return null
      await pause(500)
    }
    return 'it does not become ready; its log says more'
  }

  async #lookOn(): Promise<void> {
    while (this.#looking) {
      await this.#see()
      this.change()
      await pause(lookMillis)
    }
  }

  /** What cannot be asked just now is shown as it was: the next look is soon. */
  async #see(): Promise<void> {
    const { self, victim } = this.#options
    try {
      const nodes = await localNodes()
      const up = nodes.filter(({ id, state }) => state === 'ready' && id !== victim)
      const [gossip, ...stats] = await Promise.all([
        ask(self, self, '/gossip'),
        ...up.map(({ id }) => ask(self, id, '/stats', { patienceMillis: 3_000 })),
      ])
      const hints = new Map<string, number>()
      stats.forEach((answer, i) => {
        if (answer.kind === 'down' || answer.status !== 200) return
        const kept = (jsonOf(answer)['hints'] ?? []) as { target: string; keys: number }[]
        hints.set(up[i]?.id ?? '', kept.find(({ target }) => target === victim)?.keys ?? 0)
      })
      this.#look = {
        process: nodes.find(({ id }) => id === victim)?.state ?? 'unknown',
        seenAs: seenAs(gossip, victim) ?? this.#look.seenAs,
        hints,
      }
      this.#mostHints = Math.max(this.#mostHints, this.#hints)
    } catch (error) {
      if (!(error instanceof DemoProblem)) throw error
    }
  }

  get #hints(): number {
    return [...this.#look.hints.values()].reduce((sum, count) => sum + count, 0)
  }

  async #check(): Promise<void> {
    this.#checked = null
    this.say('Hints are being delivered …')
    const end = performance.now() + mostDrainMillis
    while (this.#hints > 0 && performance.now() < end && !this.isOver) {
      await pause(300)
      await this.#see()
      this.change()
    }
    if (this.isOver) return
    const { self, ring, bucket } = this.#options
    this.#checked = await checkWrites({
      self,
      ring,
      bucket,
      prefix: this.#prefix,
      writer: this.#writer,
      say: (text) => this.say(text),
      isOver: () => this.isOver,
    })
  }

  #facts(): readonly Fact[] {
    const { victim } = this.#options
    const { process, seenAs: seen } = this.#look
    const all = this.#writer.acknowledged.length
    const refused = this.#writer.refused - this.#refusedBefore
    const isUp = process === 'ready'
    const facts: Fact[] = [
      { name: `process of ${victim}`, value: process, tone: isUp ? 'good' : 'bad' },
      { name: `seen as`, value: seen, tone: seen === 'alive' ? 'good' : 'warn' },
      { name: 'acknowledged', value: countText(all) },
      { name: 'of them in this step', value: countText(all - this.#before) },
      { name: 'not acknowledged', value: countText(refused), ...(refused > 0 ? warn : {}) },
      { name: `hints for ${victim}`, value: countText(this.#hints) },
    ]
    return this.at < 4 ? facts : [...facts.slice(0, 3), facts[5] as Fact, ...this.#found()]
  }

  #found(): readonly Fact[] {
    if (this.#checked === null) return []
    const { onAllOwners, readBack, total } = this.#checked
    const fact = (name: string, count: number): Fact => ({
      name,
      value: `${countText(count)} of ${countText(total)}`,
      tone: count === total ? 'good' : 'bad',
    })
    return [fact('on every owner', onAllOwners), fact('read back', readBack)]
  }

  #sentences(): readonly (readonly string[])[] {
    const { self, victim, ring } = this.#options
    const { n, r, w } = ring.replication
    const rest = this.#writer.isResting
      ? ['Enough is written for this step: the writer rests until the next one.']
      : []
    const refusal = this.#writer.lastRefusal
    const said =
      this.#writer.refused > this.#refusedBefore
        ? [`The last write that was not acknowledged: ${refusal}`]
        : []
    return [
      [
        'This page puts a new key into the cluster several times a second, through ' +
          `${self}. Each is stored by ${String(n)} owners, and acknowledged once ` +
          `${String(w)} of them have it on disk.`,
        `Next, the process of ${victim} is killed: no goodbye, as when a machine loses power.`,
        ...rest,
        ...said,
      ],
      [
        `The process of ${victim} is gone. ${self} finds out by its silence: first ` +
          `${victim} is suspect, then dead. Nobody is asked to do anything.`,
        `The writes go on: ${String(w)} of ${String(n)} are enough, and the owners left are ${String(n - 1)}.`,
        ...rest,
        ...said,
      ],
      [
        `What ${victim} should have stored is kept for it by others as hints: the write ` +
          'itself, and for whom it is. On this cluster they have kept ' +
          `${countText(this.#mostHints)} at the most so far.`,
        `A hint is on disk like any write. Reads go on too: they need ${String(r)} owners.`,
        ...rest,
        ...said,
      ],
      [
        `${victim} has read its log and is back, with all that it had acknowledged ` +
          'before. The others hear of it and hand over the hints; each is dropped once ' +
          `${victim} has it on disk.`,
        `Watch the hints go down to 0. Anti-entropy would mend what no hint was kept for.`,
        ...rest,
        ...said,
      ],
      [
        'No more is written. The page has waited for the hints to drain and now asks ' +
          'each node for the keys that it stores, then reads every key with ' +
          `r=${String(n)}, so that all owners must answer, and compares it with what was ` +
          'written.',
        `Only acknowledged writes are promised. "Finish" deletes the keys of the demonstration.`,
      ],
    ]
  }
}

const warn = { tone: 'warn' } as const

function seenAs(answer: Parameters<typeof jsonOf>[0] | { kind: 'down' }, id: string) {
  if (!('text' in answer)) return null
  const members = jsonOf(answer)['members'] as { id: string; state: string }[] | undefined
  return members?.find((member) => member.id === id)?.state ?? null
}
