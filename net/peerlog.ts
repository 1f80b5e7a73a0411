/**
 * The log of another node, for who looks at this one: a page may talk to the node that served it
 * and to nobody else, and a client's token is handed on to nobody. So this node asks the other, as
 * nodes ask each other, by the secret of the cluster.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Address } from './address.js'
import type { LogLine, NodeLogPage } from './door.js'
import type { Journal } from './journal.js'
import type { QuestionOptions } from './question.js'
import { answerPeer, askPeer } from './question.js'
import type { Keyring } from './secret.js'

const pattern = /^\/log\/(\d{1,15})\/(\d{1,4})$/

export const isLogPath = (url: string): boolean => pattern.test(url)

export async function askLog(
  address: Address,
  after: number,
  limit: number,
  options: QuestionOptions,
): Promise<NodeLogPage> {
  const topic = `log/${String(after)}/${String(limit)}`
  const page = JSON.parse(await askPeer(address, topic, options)) as NodeLogPage
  return { source: String(page.source), lines: page.lines.map(lineOf) }
}

/** Another version of the program may have more to say. */
function lineOf({ number, atMillis, level, event, fields }: LogLine): LogLine {
  return { number, atMillis, level, event, fields }
}

export interface LogSource {
  readonly clusterId: string
  readonly keyring: Keyring
  readonly journal: Pick<Journal, 'page'>
}

/** Answers `askLog` of another node. */
export function answerLog(
  request: IncomingMessage,
  response: ServerResponse,
  { journal, ...own }: LogSource,
): void {
  const [, after, limit] = pattern.exec(request.url ?? '') ?? []
  answerPeer(request, response, own, () =>
    JSON.stringify(journal.page(Number(after), Number(limit))),
  )
}
