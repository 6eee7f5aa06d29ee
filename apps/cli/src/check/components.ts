import { dirname, normalize } from 'node:path/posix'
import type { ServiceConfig, TreePort } from '@greengate/contracts'

/**
 * Names of a system's components: those configured, and the folders with a container file that none of them starts in. What
 * gets an image of its own runs, and what runs has to be judged; a folder that does not is hidden by `tree.exclude`.
 * Undefined for a service that stands alone.
 */
export function componentsOf(
  config: Pick<ServiceConfig, 'components'>,
  tree: Pick<TreePort, 'files'>,
): readonly string[] | undefined {
  if (!config.components) return undefined
  const known = new Set(Object.values(config.components).map(({ start }) => normalize(start?.cwd ?? '.')))
  const images = tree.files
    .filter((file) => file.link === undefined && /(?:^|\/)(?:Dockerfile|Containerfile)$/.test(file.path))
    .map((file) => dirname(file.path))
  const unjudged = images.filter((folder) => !known.has(folder)).map((folder) => `${folder} (found)`)
  return [...new Set([...Object.keys(config.components), ...unjudged])].toSorted()
}
