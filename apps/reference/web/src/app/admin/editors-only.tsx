/** Said to who is signed in and no editor of the site. */
export function EditorsOnly() {
  return (
    <p>
      The texts and pictures of this site are written by the organisation that runs it. If you belong to it, ask an
      owner or an admin of it to invite you.
    </p>
  )
}
