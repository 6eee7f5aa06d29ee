import { readArguments } from './backup/arguments.ts'
import { BackupError } from './backup/backup-error.ts'
import { makeBackup } from './backup/make-backup.ts'
import { runCommand, say } from './backup/run-command.ts'
import { stopSignal } from './backup/stop-signal.ts'

process.exitCode = await runCommand(async () => {
  const begunMs = performance.now()
  const { folder, key, databases, store } = readArguments(process.argv.slice(2), 'to', process.env)
  const manifest = await makeBackup({ folder, key, databases, store, signal: stopSignal(), onProgress: say })
  for (const one of manifest.media_deleted) say(`left out, because somebody deleted it meanwhile: ${one}`)
  const done = `backed up as of ${manifest.created_at} into ${folder} in ${((performance.now() - begunMs) / 1000).toFixed(1)} s`
  const { media_missing: missing } = manifest
  if (missing.length === 0) return done
  const list = missing.map((one) => `  ${one.key}: ${one.problem}`).join('\n')
  throw new BackupError('media_missing', `${done}, but without ${missing.length} media:\n${list}`)
})
