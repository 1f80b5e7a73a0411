/** What can be done to a node of a local cluster, and what is said before it is done. */
import { call, jsonOf, messageOf } from './call.js'
import type { Question } from './confirm.js'
import type { LocalNode, Ring } from './watch.js'

export type Act = 'start' | 'stop' | 'restart' | 'kill' | 'pause' | 'resume'

/** In the order of the buttons. */
export const actsOf: Readonly<Record<LocalNode['state'], readonly Act[]>> = {
  ready: ['pause', 'restart', 'stop', 'kill'],
  paused: ['resume', 'restart', 'stop', 'kill'],
  starting: ['kill'],
  stopping: ['kill'],
  stopped: ['start'],
  died: ['start'],
}

export const actNames: Readonly<Record<Act, string>> = {
  start: 'Start',
  stop: 'Stop',
  restart: 'Restart',
  kill: 'Kill',
  pause: 'Pause',
  resume: 'Resume',
}

/** While it happens. */
export const actProgress: Readonly<Record<Act, string>> = {
  start: 'starting',
  stop: 'stopping',
  restart: 'restarting',
  kill: 'being killed',
  pause: 'being paused',
  resume: 'resuming',
}

/** A node that drains, syncs and tells its peers takes seconds; one that recovers, perhaps more. */
const patienceMillis = 90_000

export interface Done {
  /** Null: done, or under way where the node is the one that answers. */
  readonly problem: string | null
  /** How all of them are then; null: not told. */
  readonly nodes: readonly LocalNode[] | null
}

export async function doAct(node: string, act: Act): Promise<Done> {
  const path = `/admin/nodes/${encodeURIComponent(node)}/${act}`
  const answer = await call(path, { method: 'POST', body: '{}', patienceMillis })
  const isDone = answer.kind === 'answer' && (answer.status === 200 || answer.status === 202)
  if (!isDone) return { problem: messageOf(answer), nodes: null }
  return { problem: null, nodes: jsonOf(answer)['nodes'] as readonly LocalNode[] }
}

export interface Situation {
  readonly node: LocalNode
  readonly act: Act
  /** The node that serves the page. */
  readonly self: string
  readonly nodes: readonly LocalNode[]
  readonly ring: Ring
}

const means: Readonly<Partial<Record<Act, (id: string) => string>>> = {
  stop: (id) =>
    `${id} answers what is under way, tells the others that it leaves for a while, syncs its disk and ends.`,
  restart: (id) => `${id} stops in order and starts again with the data on its disk.`,
  kill: (id) =>
    `The process of ${id} ends at once, as with kill -9. What it acknowledged is on its disk; requests under way through it are lost.`,
  pause: (id) => `${id} stands still, as with SIGSTOP: its connections stay, and nothing answers.`,
}

/** What to ask before; null: it can be undone by the next button, so it is just done. */
export function questionOf({ node, act, self, nodes, ring }: Situation): Question | null {
  const meaning = means[act]
  const isSelf = node.id === self
  if (meaning === undefined || (act === 'pause' && !isSelf)) return null
  const left = nodes.filter(({ id, state }) => id !== node.id && state === 'ready')
  const { r, w } = ring.replication
  const need = Math.max(r, w)
  const sentences = [meaning(node.id)]
  if (isSelf) {
    sentences.push(
      `This page comes from ${node.id} and will be without it. ` +
        (act === 'restart'
          ? 'It comes back by itself.'
          : left.length === 0
            ? 'No other node is up that could start it: the terminal of sim cluster can.'
            : `The page of ${left.map(({ id }) => id).join(' or ')} can bring it back.`),
    )
  }
  if (left.length < need) {
    const some = left.length === 0 ? 'no node is' : `only ${left.map(({ id }) => id).join(', ')} is`
    sentences.push(
      `Then ${some} left, and reads need ${String(r)}, writes ${String(w)}: they will be refused meanwhile.`,
    )
  }
  return { title: `${actNames[act]} ${node.id}?`, sentences, yes: `${actNames[act]} ${node.id}` }
}
