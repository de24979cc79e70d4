import { theme } from './theme/mantine';

import { MantineProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';

import { ApiError } from './api/client';
import { App } from './app';
import { Boundary } from './components/boundary';

// What the service has refused is not asked again; what it could not answer just then is, twice.
const queries = new QueryClient({
    defaultOptions: {
        queries: {
            staleTime: 5_000,
            refetchOnWindowFocus: false,
            retry: (failures, error) => failures < 2 && (!(error instanceof ApiError) || error.status === 0 || error.status === 503),
        },
    },
});

const root = document.getElementById('root');
if (root) {
    createRoot(root).render(
        <StrictMode>
            <MantineProvider theme={theme} defaultColorScheme="auto" withCssVariables={false} withGlobalClasses={false}>
                <Notifications position="bottom-right" />
                <QueryClientProvider client={queries}><Boundary what="page"><App /></Boundary></QueryClientProvider>
            </MantineProvider>
        </StrictMode>,
    );
}
