// Lists that are read page by page, and single things, as hooks.
import { keepPreviousData, useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';

import { api, queryOf, type ApiError, type Filters } from './client';
import type { List } from './types';

interface AskOptions {
    refreshSeconds?: number | undefined;
    /** The answer holds values of records: every digit counts. */
    exact?: boolean;
    /** What is asked for goes in the body: it may be a name, and addresses are written down by whoever passes them on. */
    post?: boolean;
}

/** One thing of the service. `path` null: not asked for. */
export function useThing<T>(path: string | null, { refreshSeconds, exact = false }: AskOptions = {}) {
    const client = useQueryClient();
    // Only the first answer was asked for by a person; those that follow by the clock must not keep the session alive.
    const background = () => refreshSeconds !== undefined && client.getQueryData([path]) !== undefined;
    return useQuery<T, ApiError>({
        queryKey: [path],
        queryFn: ({ signal }) => api.get<T>(path ?? '', { signal, background: background(), exact }),
        enabled: path !== null,
        refetchInterval: refreshSeconds ? refreshSeconds * 1000 : false,
    });
}

/** A list, page after page; `items` holds all pages read so far. */
export function useList<T>(path: string | null, filters: Filters = {}, { refreshSeconds, exact = false, post = false }: AskOptions = {}) {
    const client = useQueryClient();
    const background = () => refreshSeconds !== undefined && client.getQueryData([path, 'list', filters]) !== undefined;
    const query = useInfiniteQuery({
        queryKey: [path, 'list', filters],
        queryFn: ({ signal, pageParam }) => {
            const options = { signal, background: background(), exact };
            const asked = { ...filters, after: pageParam };
            return post
                ? api.post<List<T>>(path ?? '', Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== '' && value !== null && value !== undefined)), options)
                : api.get<List<T>>(`${path}${queryOf(asked)}`, options);
        },
        initialPageParam: '',
        getNextPageParam: (last) => last.next ?? undefined,
        enabled: path !== null,
        placeholderData: keepPreviousData,
        refetchInterval: refreshSeconds ? refreshSeconds * 1000 : false,
    });
    return {
        ...query,
        error: query.error as ApiError | null,
        items: query.data?.pages.flatMap((page) => page.items ?? []) ?? [],
        total: query.data?.pages[0]?.total ?? null,
    };
}
