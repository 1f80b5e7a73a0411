/** What a get says to the nodes that take part in it. */
import type { Effect } from '../effect.js'
import type { Message } from '../message.js'
import type { KeyRef, KeyState, Micros, NodeId, OperationId } from '../types.js'
import type { ActiveList, Self } from './quorum.js'

/** What of a get its messages name. */
interface Question {
  readonly request: number
  readonly operation: { readonly opId: OperationId }
  readonly key: KeyRef
  readonly active: ActiveList
  readonly deadlineMicros: Micros
}

/** To those of the mask, but never to this node itself. */
export function sendReads(
  self: Self,
  plan: Question,
  reapEpoch: number,
  mask: number,
  nowMicros: Micros,
  effects: Effect[],
): void {
  const message: Message = {
    kind: 'read',
    clusterId: self.clusterId,
    from: self.from,
    incarnation: self.incarnation,
    ringEpoch: self.ringEpoch,
    request: plan.request,
    opId: plan.operation.opId,
    budgetMicros: plan.deadlineMicros - nowMicros,
    key: plan.key,
    reapEpoch,
  }
  const { nodes } = plan.active
  for (let i = 0; i < nodes.length; i++) {
    const to = nodes[i] as NodeId
    if ((mask & (1 << i)) !== 0 && to !== self.from) effects.push({ kind: 'send', to, message })
  }
}

/** What the client will be told, for a node that lacks it. */
export function writeBackOf(
  self: Self,
  plan: Question,
  { told, reapEpoch }: { readonly told: KeyState; readonly reapEpoch: number },
  hintFor: NodeId | null,
  nowMicros: Micros,
): Message {
  return {
    kind: 'replicate',
    clusterId: self.clusterId,
    from: self.from,
    incarnation: self.incarnation,
    ringEpoch: self.ringEpoch,
    request: plan.request,
    opId: plan.operation.opId,
    budgetMicros: plan.deadlineMicros - nowMicros,
    key: plan.key,
    state: told,
    reapEpoch,
    hintFor,
  }
}
