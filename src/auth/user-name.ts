/**
 * Whether a text can be a user's name. Databases and directories compare names loosely: what they would take for another's
 * name is none here.
 */
export function isUserName(text: string): boolean {
  return text !== '' && text === text.trim() && !/\p{Cc}/u.test(text);
}
