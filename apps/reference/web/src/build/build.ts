import { buildSite } from './build-site.ts'

const { build, made } = await buildSite()
const kilobytes = (bytes: number): string => `${(bytes / 1024).toFixed(1)} kB`.padStart(10)
const lines = build.assets
  .filter(({ path }) => /\.(?:js|css)$/.test(path))
  .map(({ path, bytes }) => `${kilobytes(bytes.identity)}${kilobytes(bytes.br ?? bytes.identity)}  ${path}`)
process.stdout.write(`${made ? 'built' : 'unchanged'} ${build.release}: size, and as sent with brotli\n`)
process.stdout.write(
  `${[...lines, `${kilobytes(build.css.length)}            style sheet, in every page`].join('\n')}\n`,
)
