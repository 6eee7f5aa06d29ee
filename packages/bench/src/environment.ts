import { dirname, join, resolve } from 'node:path'

/** Folders of locally installed programs: `node_modules/.bin` of the folder and of every one above it. */
function binFolders(cwd: string): readonly string[] {
  const folders: string[] = []
  for (let folder = resolve(cwd); ; folder = dirname(folder)) {
    folders.push(join(folder, 'node_modules', '.bin'))
    if (folder === dirname(folder)) return folders
  }
}

/** What a service's environment holds besides what its owner declares. */
export function baseEnvironment(cwd: string, home: string): Record<string, string> {
  const path = [...binFolders(cwd), process.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin'].join(':')
  return { PATH: path, HOME: home, LANG: process.env['LANG'] ?? 'C.UTF-8', TZ: process.env['TZ'] ?? 'UTC' }
}
