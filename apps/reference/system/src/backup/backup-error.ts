/** Why a backup was not made, or not brought back; nothing was changed then. */
export class BackupError extends Error {
  override readonly name = 'BackupError'
  readonly code:
    | 'key_missing'
    | 'key_wrong'
    | 'backup_damaged'
    | 'backup_unreadable'
    | 'target_not_empty'
    | 'release_differs'
    | 'media_missing'
    | 'restore_differs'

  constructor(code: BackupError['code'], message: string, cause?: unknown) {
    super(message, { cause })
    this.code = code
  }
}
