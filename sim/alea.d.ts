/**
 * The one build of seedrandom in use: its index also loads builds that seed themselves from the
 * environment.
 */
declare module 'seedrandom/lib/alea.js' {
  interface State {
    readonly c: number
    readonly s0: number
    readonly s1: number
    readonly s2: number
  }
  const alea: (seed: string, options: { state: true }) => (() => number) & { state: () => State }
  export default alea
}
