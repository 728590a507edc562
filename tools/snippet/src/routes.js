// A single page's route changed if its path did: what follows belongs to a new page view. The page's own history functions
// are left alone. Browsers without the Navigation API show a change of route by what changes in the page (clicks.js).
import {now, safe} from './base.js';
import {turn, view} from './page.js';
import {action} from './verbs.js';

export const onRoute = safe(() => {
  if (location.pathname == view.page) return;
  turn(now());
  action('route');
});

export const watchRoutes = () => navigation.addEventListener('currententrychange', onRoute);
