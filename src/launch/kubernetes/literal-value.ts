/** A variable's value that Kubernetes takes as it is: `$(NAME)` in it would be replaced by another variable. */
export function literalValue(text: string): string {
  return text.replaceAll('$(', '$$$$(');
}
