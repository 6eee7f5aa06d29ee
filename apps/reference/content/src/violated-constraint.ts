/** The constraint that the database refused a row for, as it names it; empty for any other error. */
export function violatedConstraint(error: unknown): string {
  if (!(error instanceof Error) || !('code' in error) || !('constraint' in error)) return ''
  return String(error.code).startsWith('23') ? String(error.constraint) : ''
}

/** Whether a media was not deleted because an entry shows it. */
export function isMediaInUse(error: unknown): boolean {
  return violatedConstraint(error) === 'entry_versions_media_id_fkey'
}
