/**
 * The one build of seedrandom in use: its index also loads builds that seed themselves from the
 * environment.
 */
declare module 'seedrandom/lib/alea.js' {
  const alea: (seed: string) => () => number
  export default alea
}
