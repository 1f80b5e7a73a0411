/**
 * How a node that knows only one or two addresses learns who the others are: it asks. It learns
 * nothing but the member list; where keys live follows from that.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Address } from './address.js'
import type { PeerConfig } from './config/model.js'
import { answerPeer, askPeer } from './question.js'
import type { QuestionOptions } from './question.js'
import type { Keyring } from './secret.js'

const topic = 'members'
export const membersPath = `/${topic}`

export interface KnownMember extends Omit<PeerConfig, 'id'> {
  readonly id: string
  readonly zone: string
  readonly weight: number
}

export type SeedOptions = Omit<QuestionOptions, 'peer'>

/** All members that the node there knows, itself among them. */
export async function askSeed(seed: Address, options: SeedOptions): Promise<KnownMember[]> {
  return membersIn(await askPeer(seed, topic, { ...options, peer: null }), seed)
}

/** What stands for "any address" at the other end is where we have reached it. */
function membersIn(body: string, seed: Address): KnownMember[] {
  const { members } = JSON.parse(body) as { members: KnownMember[] }
  const reached = (address: Address): Address =>
    ['0.0.0.0', '::'].includes(address.host) ? { ...address, host: seed.host } : address
  return members.map((member) => ({
    ...member,
    http: reached(member.http),
    peer: reached(member.peer),
    udp: reached(member.udp),
  }))
}

export interface MembersSource {
  readonly clusterId: string
  readonly keyring: Keyring
  readonly members: readonly KnownMember[]
}

/** Answers `askSeed` of another node. */
export function answerMembers(
  request: IncomingMessage,
  response: ServerResponse,
  source: MembersSource,
): void {
  answerPeer(request, response, source, () => JSON.stringify({ members: source.members }))
}
