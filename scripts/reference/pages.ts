import { configurationPage, editorSchema } from './configuration.ts'
import { controlsPage } from './controls.ts'
import { errorsPage } from './errors.ts'
import { standardsPage } from './standards.ts'

/** Every generated file: its path from the root of the repository, and what it must hold. */
export function referencePages(): ReadonlyMap<string, string> {
  return new Map([
    ['docs/reference/controls.md', controlsPage()],
    ['docs/reference/standards.md', standardsPage()],
    ['docs/reference/errors.md', errorsPage()],
    ['docs/reference/configuration.md', configurationPage()],
    ['docs/reference/greengate.schema.json', editorSchema()],
  ])
}
