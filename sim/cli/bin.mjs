#!/usr/bin/env node
// What `npx sim` starts. It is there before anything is installed or built, and then says what to
// run: without it npx would end without a word, and fail for good even after a build.
// Loading takes a quarter of a second; the commands listen for themselves from then on.
process.once('SIGINT', () => {
  console.error('interrupted before anything was run')
  process.exit(130)
})
try {
  await import('../../dist/sim/cli/main.js')
} catch (error) {
  if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error
  const isUnbuilt = error.url?.endsWith('/dist/sim/cli/main.js') === true
  console.error(
    isUnbuilt
      ? 'sim is not built: run npm ci, or npm run build if that has been done'
      : 'sim lacks a package: run npm ci',
  )
  process.exitCode = 3
}
