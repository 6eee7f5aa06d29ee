import { readArguments } from './backup/arguments.ts'
import { makeBackup } from './backup/make-backup.ts'
import { runCommand, say } from './backup/run-command.ts'

process.exitCode = await runCommand(async () => {
  const begunMs = performance.now()
  const { folder, key, databases, store } = readArguments(process.argv.slice(2), 'to', process.env)
  const manifest = await makeBackup({ folder, key, databases, store, onProgress: say })
  return `backed up as of ${manifest.created_at} into ${folder} in ${((performance.now() - begunMs) / 1000).toFixed(1)} s`
})
