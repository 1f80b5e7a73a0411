/**
 * What holds on each directed link now: the scenario's network, its links, and the faults that are
 * active.
 *
 * Rules name sets of endpoints, and there may be a million links, so nothing is stored per link.
 * Endpoints that all rules treat alike share a role, and a table of role by role holds the links:
 * one look-up a message, whatever the number of rules, and none at all while there is no rule.
 */
import { assert } from '../../core/assert.js'
import type { Sampler } from '../../scenarios/sample.js'

export interface Link {
  /** Nothing passes. */
  readonly cut: boolean
  /** What is sent waits. */
  readonly clogged: boolean
  readonly lossPpm: number
  readonly duplicatePpm: number
  readonly reorderPpm: number
  readonly corruptPpm: number
  /** Delays are multiplied by it. */
  readonly latencyFactor: number
  /** Time on the wire; 0: no limit. */
  readonly microsPerByte: number
  /** By index of the message class. */
  readonly latency: readonly Sampler[]
}

export type LinkChange = Partial<Link>

/** Applies from a to b if both are in a group and the groups differ. */
export interface LinkRule {
  /** By endpoint; 0 is no group. */
  readonly fromGroup: Int32Array
  readonly toGroup: Int32Array
  readonly change: LinkChange
}

export type RuleToken = number

export class LinkTable {
  readonly #base: Link
  readonly #endpoints: number
  /** In order of age: of two that say something about one link, the later holds. */
  readonly #rules = new Map<RuleToken, readonly LinkRule[]>()
  #nextToken = 1
  #changes = 0
  /** Endpoint -> role; null while there is no rule. */
  #roles: Int32Array | null = null
  #roleCount = 0
  /** Role of the sender -> role of the receiver -> link; filled as links are used. */
  #rows: (Link | null)[][] = []
  /** One link per set of rules that apply. */
  #bySet = new Map<string, Link>()

  constructor(endpoints: number, base: Link) {
    this.#endpoints = endpoints
    this.#base = base
  }

  /** How often the rules have changed. */
  get changes(): number {
    return this.#changes
  }

  /** All links are alike. */
  get uniform(): boolean {
    return this.#roles === null
  }

  /** No rule holds between an endpoint and itself. */
  of(from: number, to: number): Link {
    if (this.#roles === null || from === to) return this.#base
    return this.#rows[this.#roles[from]!]![this.#roles[to]!] ?? this.#resolve(from, to)
  }

  /** The rules come, and later go, together. */
  add(rules: readonly LinkRule[]): RuleToken {
    const token = this.#nextToken++
    this.#rules.set(token, rules)
    this.#assignRoles()
    return token
  }

  remove(token: RuleToken): void {
    assert(this.#rules.delete(token), `no link rule ${String(token)}`)
    this.#assignRoles()
  }

  /** Endpoints in the same groups of all rules get the same role. */
  #assignRoles(): void {
    this.#changes++
    this.#bySet = new Map()
    this.#rows = []
    this.#roles = null
    if (this.#rules.size === 0) return
    const rules = [...this.#rules.values()].flat()
    const roleOf = new Map<string, number>()
    const roles = new Int32Array(this.#endpoints)
    for (let endpoint = 0; endpoint < this.#endpoints; endpoint++) {
      let groups = ''
      for (const rule of rules)
        groups += `${String(rule.fromGroup[endpoint])},${String(rule.toGroup[endpoint])};`
      const role = roleOf.get(groups) ?? roleOf.size
      roleOf.set(groups, role)
      roles[endpoint] = role
    }
    this.#roles = roles
    this.#roleCount = roleOf.size
    for (let role = 0; role < this.#roleCount; role++) this.#rows.push([])
  }

  #resolve(from: number, to: number): Link {
    const rules = [...this.#rules.values()].flat()
    const applying = rules.filter((rule) => applies(rule, from, to))
    const name = applying.map((rule) => rules.indexOf(rule)).join()
    let link = this.#bySet.get(name)
    if (link === undefined) {
      link = this.#base
      for (const rule of applying) link = changed(link, rule.change)
      this.#bySet.set(name, link)
    }
    const row = this.#rows[this.#roles![from]!]!
    while (row.length < this.#roleCount) row.push(null)
    row[this.#roles![to]!] = link
    return link
  }
}

function applies(rule: LinkRule, from: number, to: number): boolean {
  const fromGroup = rule.fromGroup[from]!
  const toGroup = rule.toGroup[to]!
  return fromGroup !== 0 && toGroup !== 0 && fromGroup !== toGroup
}

/** Always the same fields in the same order, so that every link has one shape. */
function changed(link: Link, change: LinkChange): Link {
  return {
    cut: change.cut ?? link.cut,
    clogged: change.clogged ?? link.clogged,
    lossPpm: change.lossPpm ?? link.lossPpm,
    duplicatePpm: change.duplicatePpm ?? link.duplicatePpm,
    reorderPpm: change.reorderPpm ?? link.reorderPpm,
    corruptPpm: change.corruptPpm ?? link.corruptPpm,
    latencyFactor: change.latencyFactor ?? link.latencyFactor,
    microsPerByte: change.microsPerByte ?? link.microsPerByte,
    latency: change.latency ?? link.latency,
  }
}
