import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { generatedFiles } from './generated-files.ts'

for (const [name, text] of Object.entries(generatedFiles()))
  await writeFile(join(import.meta.dirname, '..', name), text)
