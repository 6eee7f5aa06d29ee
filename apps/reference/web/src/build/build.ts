import { constants } from 'node:os'
import { resolve } from 'node:path'
import { buildSite } from './build-site.ts'
import { webRoot } from './current-build.ts'

const ending = new AbortController()
let exitCode = 0
// Told once, it leaves nothing behind; told again, it ends at once.
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    exitCode = 128 + constants.signals[signal]
    ending.abort()
  })
}

/** Builds are kept in `dist`, or in the folder that is named. Null: told to end. */
async function built(folder: string | undefined): Promise<Awaited<ReturnType<typeof buildSite>> | null> {
  try {
    return await buildSite(webRoot, folder === undefined ? undefined : resolve(folder), ending.signal)
  } catch (error) {
    if (ending.signal.aborted) return null
    throw error
  }
}

const done = await built(process.argv[2])
if (done) {
  const { build, made } = done
  const kilobytes = (bytes: number): string => `${(bytes / 1024).toFixed(1)} kB`.padStart(10)
  const lines = build.assets
    .filter(({ path }) => /\.(?:js|css)$/.test(path))
    .map(({ path, bytes }) => `${kilobytes(bytes.identity)}${kilobytes(bytes.br ?? bytes.identity)}  ${path}`)
  process.stdout.write(`${made ? 'built' : 'unchanged'} ${build.release}: size, and as sent with brotli\n`)
  process.stdout.write(
    `${[...lines, `${kilobytes(build.css.length)}            style sheet, in every page`].join('\n')}\n`,
  )
} else process.exit(exitCode)
