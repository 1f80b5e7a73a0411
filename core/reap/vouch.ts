/**
 * What a session has seen, and nobody shows to it, was either lost or reaped. A tombstone that was
 * reaped has left nothing behind, so it takes everybody's word (protocol.md section 5):
 *
 *   1  every member: none keeps a hint in which it could be
 *   2  then every owner, once more: none has it
 *
 * What was told is durable at an owner or in a hint. A hint goes only once its owner has it
 * durably, and an owner's copy only when it is reaped; so what is in no hint, and after that at no
 * owner, was reaped, whatever moved in the meantime. Asked once, it could be on its way from a hint
 * that is not looked at yet to an owner that has been. Owners are in the first round too: one may
 * keep a hint for another, and no copy of its own.
 *
 * All that holds of disks that keep what they hold. Who has ever lost something cannot tell what
 * was reaped from what it lost. In each life it asks all members how far they have counted
 * (core/reap/doubt.ts): what was minted later it has not lost. Of the rest it is not sure, and what
 * one is not sure of is not said.
 */
import type { Effect } from '../effect.js'
import type { Minted, Vouch } from '../message.js'
import { heldOf } from '../replica/merge.js'
import type { Shell } from '../shell.js'
import type { Dot, KeyRef, NodeId, VersionVector } from '../types.js'
import { actorOf } from '../types.js'
import { emptyVector } from '../version/dotted.js'

export interface Word {
  readonly known: VersionVector
  readonly isSure: boolean
}

/** `minted`: this node's last dot. What is not durable yet counts as held: it says less. */
export function wordOf(shell: Shell, minted: number, key: KeyRef, dots: VersionVector): Word {
  return {
    known: heldOf(shell, key)?.state.vv ?? emptyVector,
    isSure:
      !shell.storage.doubtful.has(key.partition) &&
      dots.every((dot) => isPossible(shell, minted, dot) && !mayBeLost(shell, dot)),
  }
}

/** It has lost something, in this life or an earlier one, and knows it. */
export const hasLost = ({ options, actor }: Shell): boolean => actor !== actorOf(options.id, 0)

/** Nobody has to be believed who claims to have seen what was never written. */
function isPossible({ options, actor }: Shell, minted: number, dot: Dot): boolean {
  if (minterOf(dot) !== options.id) return true
  return dot.actor === actor && dot.n <= minted
}

/** Its own present actor began after the loss. */
function mayBeLost(shell: Shell, dot: Dot): boolean {
  if (!hasLost(shell) || dot.actor === shell.actor) return false
  const counted = shell.mayHaveLost.get(dot.actor)
  return counted === undefined || dot.n <= counted
}

/** A member says how far it has counted. The first word of this life counts: it says least. */
export function noteMinted(shell: Shell, { actor, n }: Minted): void {
  if (hasLost(shell) && !shell.mayHaveLost.has(actor)) shell.mayHaveLost.set(actor, n)
}

export const minterOf = ({ actor }: Dot): NodeId => actor.slice(0, actor.lastIndexOf(':')) as NodeId

export function onVouch(shell: Shell, minted: number, message: Vouch, out: Effect[]): void {
  const { from, request, round, incarnation, key, dots } = message
  const word = wordOf(shell, minted, key, dots)
  out.push({
    kind: 'send',
    to: from,
    message: { kind: 'vouch_ok', ...shell.self, request, asked: incarnation, round, ...word },
  })
}
