/**
 * Which seed a stream is forked from. One seed draws everything; a scenario may give a concern one
 * of its own, so that its draws can be kept, or made anew, without touching the others.
 */
export const seedConcerns = ['network', 'disk', 'clocks', 'clients', 'faults'] as const
export type SeedConcern = (typeof seedConcerns)[number]

export type Seeds = Readonly<Partial<Record<SeedConcern, number>>>

export function seedOf(
  scenario: { readonly seed: number; readonly seeds: Seeds },
  concern: SeedConcern,
): number {
  return scenario.seeds[concern] ?? scenario.seed
}
