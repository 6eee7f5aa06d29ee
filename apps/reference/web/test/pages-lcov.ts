import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, relative, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type CoverageMap, type CoverageMapData, createCoverageMap } from '@vitest/istanbul-lib-coverage'
import { convert } from 'ast-v8-to-istanbul'
import { parseAstAsync } from 'vite'
import { z } from 'zod'
import { buildClient } from '../src/build/bundles.ts'
import { currentBuild, webRoot } from '../src/build/current-build.ts'

const SOURCES = join(webRoot, 'src')

const recordedSchema = z.array(
  z.object({
    url: z.string(),
    source: z.string().optional(),
    functions: z.array(
      z.object({
        functionName: z.string(),
        isBlockCoverage: z.boolean(),
        ranges: z.array(z.object({ startOffset: z.int(), endOffset: z.int(), count: z.int() })),
      }),
    ),
  }),
)
const mapSchema = z.object({
  version: z.literal(3),
  names: z.array(z.string()),
  sources: z.array(z.string().nullable()),
  sourcesContent: z.array(z.string().nullable()),
  mappings: z.string(),
})

/**
 * What the recorded pages ran, line by line of the sources, as an lcov report.
 *
 * The bundles are made once more with their maps, which no server has: only a bundle that is the same byte for byte as the one
 * that a page ran counts, so a recording of another build is an error and not a wrong figure.
 * @param folder What `recordPageCoverage` wrote
 * @param root Paths of the report are relative to it
 * @throws Error when nothing was recorded, or another build
 */
export async function pagesLcov(folder: string, root: string): Promise<string> {
  const current = await currentBuild()
  if (current === null) throw new Error('the web was not built')
  const outDir = await mkdtemp(join(tmpdir(), 'web-with-maps-'))
  try {
    await buildClient(webRoot, outDir, current.build.release, { maps: true })
    const coverage = createCoverageMap({})
    for (const file of await readdir(folder)) {
      const scripts = recordedSchema.parse(JSON.parse(await readFile(join(folder, file), 'utf8')))
      for (const script of scripts) coverage.merge(await sourcesOf(script, outDir))
    }
    return lcovOf(coverage, root)
  } finally {
    await rm(outDir, { recursive: true, force: true })
  }
}

type Recorded = z.output<typeof recordedSchema>[number]

/** Coverage of the sources of one script of one page. */
async function sourcesOf({ url, source, functions }: Recorded, outDir: string): Promise<CoverageMapData> {
  const file = join(outDir, new URL(url).pathname)
  const code = await readFile(file, 'utf8')
  // A page that was left in the meantime has no text any more; the name holds the digest of it all the same.
  if (source !== undefined && code !== source)
    throw new Error(`${url} was recorded with another build than the current one`)
  // The bundler's own runtime comes from no source.
  if (!existsSync(`${file}.map`)) return {}
  const sourceMap = mapSchema.parse(JSON.parse(await readFile(`${file}.map`, 'utf8')))
  const ours = (path: string): boolean => resolve(dirname(file), path).startsWith(SOURCES)
  if (!sourceMap.sources.some((path) => path !== null && ours(path))) return {}
  const data = await convert({
    ast: parseAstAsync(code),
    code,
    coverage: { url: pathToFileURL(file).href, functions },
    sourceMap,
  })
  return Object.fromEntries(Object.entries(data).filter(([path]) => ours(path)))
}

function lcovOf(coverage: CoverageMap, root: string): string {
  const files = coverage.files().toSorted()
  if (files.length === 0) throw new Error('no page ran anything of the web')
  return files
    .flatMap((path) => {
      const lines = Object.entries(coverage.fileCoverageFor(path).getLineCoverage())
      const hit = lines.filter(([, times]) => times > 0).length
      return [
        `SF:${relative(root, path)}`,
        ...lines.map(([line, times]) => `DA:${line},${times}`),
        `LF:${lines.length}`,
        `LH:${hit}`,
        'end_of_record',
        '',
      ]
    })
    .join('\n')
}
