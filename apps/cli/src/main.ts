#!/usr/bin/env node
/**
 * The entry. It must load on any Node that knows modules, and it always runs: an entry that finds out whether it is one by
 * `import.meta.main` does nothing on an older Node, and nothing done would end with exit code 0, as if all were green.
 */
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)

if (major > 22 || (major === 22 && minor >= 18)) {
  const { start } = await import('./command-line.ts')
  await start()
} else {
  process.stderr.write(
    `greengate: It needs Node 22.18 or newer, and this is ${process.versions.node}.\n  where: ${process.execPath}\n  fix:   Start it with \`npx greengate\`: a fitting Node is installed beside it on Linux. Elsewhere update Node.\n  code:  USAGE\n`,
  )
  process.exitCode = 2
}

export {}
