// Light, dark, or as the system is: read before the page is drawn. Where nothing can be stored, it lasts as long as the page.
export type Theme = 'auto' | 'light' | 'dark';
export const themes: Theme[] = ['auto', 'light', 'dark'];
const kKey = 'bellrock.theme';

export function storedTheme(): Theme {
  try {
    const stored = localStorage.getItem(kKey);
    return themes.find((theme) => theme === stored) ?? 'auto';
  } catch {
    return 'auto';
  }
}

export function setTheme(theme: Theme): void {
  document.documentElement.dataset.theme = theme;
  try {
    localStorage.setItem(kKey, theme);
  } catch {
    // private windows may have no storage
  }
}

document.documentElement.dataset.theme = storedTheme();
